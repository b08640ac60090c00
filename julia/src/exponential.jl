# Exponential Adams-Bashforth steps of order 3 and 1, as in the embedded engine: x(t + h) is exact for
# the parabola through the last three values of u = W tanh(x), or for u held. One product per step.

"""
Local error, relative to x, above which a run has failed.
"""
const LARGEST_ERROR = 0.05

"""
    ExponentialRun

Keeps the last values of u in a ring; a change of the step starts anew. `order` is 1 or 3.
"""
mutable struct ExponentialRun{F, T} <: FixedStepRun
    const f::F
    const plan::Plan
    const statistics::Statistics
    const x::Vector{Float64}
    const ring::NTuple{3, Vector{T}}
    const dt::Float64
    const method::String
    const order::Int
    h::Float64
    coefficients::Vector{NTuple{4, Float64}} # one, or one per neuron
    newest::Int
    known::Int
    error::Float64
    t::Float64
    taken::Int
    steps::Int
    outcome::Outcome
end

function ExponentialRun(f, x, order, dt, plan, statistics)
    u = similar(f.phi)
    ring = order == 1 ? (u, u, u) : (u, similar(u), similar(u))
    none = NTuple{4, Float64}[]
    return ExponentialRun(
        f, plan, statistics, x, ring, dt, "ETD$order", order, NaN, none, 1, 0, 0.0, 0.0, 0, 0, REACHED
    )
end

# Taylor coefficients k! / (k + j + 1)! of M_k(z)/z in powers of -z, from j = 0.
const MOMENTS = ntuple(3) do k
    ntuple(j -> Float64(factorial(big(k - 1)) / factorial(big(k + j - 1))), 21)
end

"""
    step_coefficients(z)

(e^-z, M_0, M_1, (M_1 + M_2)/2) with M_k = z int_0^1 e^(-z (1 - s)) s^k ds: the series in z up to 1,
else M_0 = 1 - e^-z and M_k = 1 - (k/z) M_(k-1).
"""
function step_coefficients(z::Float64)
    m0, m1, m2 = if z <= 1
        map(series -> z * evalpoly(-z, series), MOMENTS)
    else
        a = -expm1(-z)
        b = 1 - a / z
        (a, b, 1 - 2b / z)
    end
    return (exp(-z), m0, m1, (m1 + m2) / 2)
end

function fixed_step!(run::ExponentialRun, h)
    f = run.f
    if !(abs(h - run.h) <= 1.0e-9 * h)
        run.h = h
        rate = f.network.rate
        run.coefficients = isempty(rate) ? [step_coefficients(h)] : step_coefficients.(h .* rate)
        run.known = 0
    end
    run.steps += 1
    run.newest = mod1(run.newest + 1, 3)
    u, past, before = latest(run)
    c, x = run.coefficients, run.x
    if run.order == 1
        input!(u, f, x, rows -> first_order!(x, u, c, f.trials, rows))
        return nothing
    elseif run.known == 0
        input!(u, f, x, rows -> first_order!(x, u, c, f.trials, rows))
        input!(past, f, x, rows -> correct!(x, u, past, c, f.trials, rows))
    elseif run.known == 1
        input!(u, f, x, rows -> second_order!(x, u, past, c, f.trials, rows))
    else
        input!(u, f, x, rows -> third_order!(x, u, past, before, c, f.trials, rows))
    end
    run.known = min(run.known + 1, 3)
    return nothing
end

"""
    latest(run)

The last three values of u, newest first.
"""
latest(run::ExponentialRun) = ntuple(k -> run.ring[mod1(run.newest + 1 - k, 3)], 3)

"""
    input!(u, f, x, after)

`u = W tanh(x)`, and `after(rows)` for each range of rows whose u is there: it may change x.
"""
function input!(u, f::RightHandSide, x, after::F) where {F}
    f.evaluations += 1
    w, m, phi = f.network, f.trials, f.phi
    each_block(range -> tanh!(phi, x, range), f.chunks, 10 * length(x))
    each_block(w.blocks, entries(w) * m) do rows
        rows_product!(u, w, phi, m, rows)
        after(rows)
    end
    return nothing
end

# Runs `update(i, coefficients)` over the numbers of some neurons.
@inline function each_number(update::F, c, m, rows) where {F}
    if length(c) == 1
        coefficients = c[1]
        @inbounds @simd ivdep for i in (m * (first(rows) - 1) + 1):(m * last(rows))
            update(i, coefficients)
        end
    else
        @inbounds for row in rows, i in (m * (row - 1) + 1):(m * row)
            update(i, c[row])
        end
    end
    return nothing
end

function first_order!(x, u, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature)
        @inbounds x[i] = decay * x[i] + first * u[i]
    end
end

function correct!(x, u, later, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature)
        @inbounds x[i] += slope * (later[i] - u[i])
    end
end

function second_order!(x, u, past, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature)
        @inbounds x[i] = decay * x[i] + first * u[i] + slope * (u[i] - past[i])
    end
end

function third_order!(x, u, past, before, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature)
        @inbounds begin
            change = u[i] - past[i]
            bend = change - (past[i] - before[i])
            x[i] = decay * x[i] + first * u[i] + slope * change + curvature * bend
        end
    end
end

"""
    observe!(run)

Keep the largest difference between orders 3 and 2 seen after a sample, rms over rms of x.
"""
function observe!(run::ExponentialRun)
    run.known == 3 || return nothing
    u, past, before = latest(run)
    c, x, m = run.coefficients, run.x, run.f.trials
    local_error = scale = 0.0
    @inbounds for row in 1:(run.f.network.n)
        curvature = c[length(c) == 1 ? 1 : row][4]
        for i in (m * (row - 1) + 1):(m * row)
            local_error += (curvature * (u[i] - 2 * past[i] + before[i]))^2
            scale += x[i]^2
        end
    end
    scale > 0 && (run.error = max(run.error, sqrt(local_error / scale)))
    return nothing
end

residual(run::ExponentialRun) = run.order == 1 ? NaN : run.error

function verdict(run::ExponentialRun)
    (run.outcome.success && run.error > LARGEST_ERROR) || return run.outcome
    error = round(run.error; sigdigits = 2)
    return Outcome(
        false, "unstable", "The steps differ by $error of x between orders: lower dt."
    )
end
