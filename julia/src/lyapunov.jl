# Lyapunov exponents by tangent dynamics beside the trajectory, as in the embedded engine: fourth-order
# Runge-Kutta steps of state and tangents together, QR after every interval (Benettin et al. 1980).

"""
    TangentRun

States of `trials` trials joined with `m` tangents each: per neuron, trials first, then the m tangents
of trial 1, of trial 2, ...
"""
mutable struct TangentRun{W <: Network} <: Run
    const network::W
    const trials::Int
    const m::Int
    const both::Vector{Float64}
    const signal::Vector{Float64}
    const work::NTuple{5, Vector{Float64}}
    const growth::Array{Float64, 3} # (m, intervals, trials)
    const squares::Vector{Float64}
    const interval::Float64
    const steps_per_interval::Int
    const alone::Int
    const transient::Int
    done::Int
    evaluations::Int
    outcome::Outcome
end

function TangentRun(network, x0, tangents, trials, m, interval, steps, transient, intervals)
    n = network.n
    width = trials * (1 + m)
    both = zeros(width, n)
    both[1:trials, :] .= x0
    for t in 1:trials, e in 1:m
        both[trials + m * (t - 1) + e, :] .= tangents[e, :, t]
    end
    size = width * n
    return TangentRun(
        network,
        trials,
        m,
        vec(both),
        zeros(size),
        ntuple(_ -> zeros(size), 5),
        fill(NaN, m, intervals, trials),
        zeros(trials),
        interval,
        steps,
        transient ÷ 2,
        transient,
        0,
        0,
        REACHED,
    )
end

width(run::TangentRun) = run.trials * (1 + run.m)
intervals(run::TangentRun) = run.transient + size(run.growth, 2)

function derivative!(out, run::TangentRun, both)
    run.evaluations += 1
    network, trials, m, signal = run.network, run.trials, run.m, run.signal
    columns = width(run)
    each_block(network.blocks, 20 * length(both)) do neurons
        @inbounds for i in neurons
            at = columns * (i - 1)
            for t in 1:trials
                phi = vector_tanh(both[at + t])
                signal[at + t] = phi
                slope = 1.0 - phi * phi
                first = at + trials + m * (t - 1)
                for k in (first + 1):(first + m)
                    signal[k] = slope * both[k]
                end
            end
        end
    end
    each_block(network.blocks, entries(network) * columns) do rows
        rows_product!(out, network, signal, columns, rows)
        leak!(out, network, both, columns, rows)
    end
    return nothing
end

function runge_kutta!(run::TangentRun, h)
    x = run.both
    k1, k2, k3, k4, y = run.work
    derivative!(k1, run, x)
    @. y = x + 0.5 * h * k1
    derivative!(k2, run, y)
    @. y = x + 0.5 * h * k2
    derivative!(k3, run, y)
    @. y = x + h * k3
    derivative!(k4, run, y)
    @. x += (h / 6) * (k1 + 2 * (k2 + k3) + k4)
    return nothing
end

function advance!(run::TangentRun, seconds::Float64)
    limit = time_ns() + round(UInt64, 1.0e9 * seconds)
    h = run.interval / run.steps_per_interval
    total = intervals(run)
    while run.done < total
        if run.done < run.alone
            alone!(run, h)
        else
            for _ in 1:(run.steps_per_interval)
                runge_kutta!(run, h)
            end
        end
        if !all(isfinite, run.both)
            run.outcome = Outcome(false, "diverged", "The state is not finite: lower dt.")
            return run.done / total, false
        end
        run.done >= run.alone && orthonormalise!(run)
        run.done += 1
        time_ns() > limit && break
    end
    return run.done / total, run.done < total
end

# The state without its tangents, for the first half of the transient.
function alone!(run::TangentRun, h)
    trials, n = run.trials, run.network.n
    both = reshape(run.both, width(run), n)
    f = RightHandSide(run.network, trials)
    x = vec(both[1:trials, :])
    k1, k2, k3, k4, y = ntuple(_ -> similar(x), 5)
    for _ in 1:(run.steps_per_interval)
        f(k1, x, nothing, 0.0)
        @. y = x + 0.5 * h * k1
        f(k2, y, nothing, 0.0)
        @. y = x + 0.5 * h * k2
        f(k3, y, nothing, 0.0)
        @. y = x + h * k3
        f(k4, y, nothing, 0.0)
        @. x += (h / 6) * (k1 + 2 * (k2 + k3) + k4)
    end
    run.evaluations += f.evaluations
    both[1:trials, :] .= reshape(x, trials, n)
    return nothing
end

function orthonormalise!(run::TangentRun)
    trials, m, n = run.trials, run.m, run.network.n
    both = reshape(run.both, width(run), n)
    observed = run.done - run.transient + 1
    for t in 1:trials
        rows = (trials + m * (t - 1) + 1):(trials + m * t)
        vectors = permutedims(both[rows, :])
        stretch = if m == 1
            norm_ = sqrt(dot(vectors, vectors))
            vectors ./= norm_
            [norm_]
        else
            factors = qr!(vectors)
            r = abs.(diag(factors.R))
            vectors = Matrix(factors.Q)
            r
        end
        both[rows, :] .= permutedims(vectors)
        if observed >= 1
            run.growth[:, observed, t] .= log.(stretch) ./ run.interval
            run.squares[t] += sum(abs2, view(both, t, :)) / n
        end
    end
    return nothing
end
