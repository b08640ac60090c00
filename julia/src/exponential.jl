# Exponential Adams-Bashforth steps of order 3 and 1, as in the embedded engine: x(t + h) is exact for
# the parabola through the last three values of u = W tanh(x), or for u held. Damped steps subtract a
# third difference. One product per step.

"""
Local error, relative to x, above which a run has failed.
"""
const LARGEST_ERROR = 0.05

"""
    ExponentialRun

Keeps the last values of u in a ring; a change of the step starts anew. `order` is 1 or 3, `damped`
only with 3.
"""
mutable struct ExponentialRun{F, T} <: FixedStepRun
    const f::F
    const plan::Plan
    const statistics::Statistics
    const x::Vector{Float64}
    const ring::NTuple{4, Vector{T}}
    const dt::Float64
    const method::String
    const order::Int
    const damped::Bool
    h::Float64
    coefficients::Vector{NTuple{5, Float64}} # one, or one per neuron
    newest::Int
    known::Int
    const parts::Vector{NTuple{2, Float64}}
    error::Float64
    t::Float64
    taken::Int
    steps::Int
    outcome::Outcome
end

function ExponentialRun(f, x, method, dt, plan, statistics)
    order, damped = method == "ETD1" ? 1 : 3, method == "ETD3D"
    u = similar(f.phi)
    values = ntuple(k -> 1 < k <= order + damped ? similar(u) : u, 4)
    none = NTuple{5, Float64}[]
    parts = fill((0.0, 0.0), length(statistics.chunks))
    return ExponentialRun(
        f, plan, statistics, x, values, dt, method, order, damped, NaN, none, 1, 0, parts, 0.0, 0.0, 0, 0,
        REACHED
    )
end

# Taylor coefficients k! / (k + j + 1)! of M_k(z)/z in powers of -z, from j = 0.
const MOMENTS = ntuple(3) do k
    ntuple(j -> Float64(factorial(big(k - 1)) / factorial(big(k + j - 1))), 21)
end

"""
    step_coefficients(z)

(e^-z, M_0, M_1, (M_1 + M_2)/2, damping) with M_k = z int_0^1 e^(-z (1 - s)) s^k ds: the series in z up to 1,
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
    decay, curvature = exp(-z), (m1 + m2) / 2
    return (decay, m0, m1, curvature, damping(decay, m0, m1, curvature))
end

"""
    damping(q, m0, m1, curvature)

The share of the third difference with which the steps answer to inputs that alternate as much as to
those of half that frequency: the smaller root of a quadratic.
"""
function damping(q, m0, m1, curvature)
    c0, c1, c2 = m0 + m1 + curvature, -m1 - 2 * curvature, curvature
    r = (1 + q)^2 / (1 + q^2)
    top, real = c0 - c1 + c2, c0 - c2
    a = 64 - 8 * r
    b = 16 * top + 4 * r * (real + c1)
    c = top^2 - r * (real^2 + c1^2)
    return (b - sqrt(b^2 - 4 * a * c)) / (2 * a)
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
    run.newest = mod1(run.newest + 1, run.order + run.damped)
    u, past, before, earliest = latest(run)
    c, x = run.coefficients, run.x
    if run.order == 1
        input!(u, f, x, rows -> first_order!(x, u, c, f.trials, rows))
        return nothing
    elseif run.known == 0
        input!(u, f, x, rows -> first_order!(x, u, c, f.trials, rows))
        input!(past, f, x, rows -> correct!(x, u, past, c, f.trials, rows))
    elseif run.known == 1
        input!(u, f, x, rows -> second_order!(x, u, past, c, f.trials, rows))
    elseif run.damped && run.known >= 3
        input!(u, f, x, rows -> damped!(x, u, past, before, earliest, c, f.trials, rows))
    else
        input!(u, f, x, rows -> third_order!(x, u, past, before, c, f.trials, rows))
    end
    run.known = min(run.known + 1, run.order + run.damped)
    return nothing
end

"""
    latest(run)

The last four values of u, newest first; as many differ as the method keeps.
"""
function latest(run::ExponentialRun)
    kept = run.order + run.damped
    return ntuple(k -> run.ring[mod1(run.newest + 1 - k, kept)], 4)
end

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
    return each_number(c, m, rows) do i, (decay, first, slope, curvature, damping)
        @inbounds x[i] = decay * x[i] + first * u[i]
    end
end

function correct!(x, u, later, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature, damping)
        @inbounds x[i] += slope * (later[i] - u[i])
    end
end

function second_order!(x, u, past, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature, damping)
        @inbounds x[i] = decay * x[i] + first * u[i] + slope * (u[i] - past[i])
    end
end

function third_order!(x, u, past, before, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature, damping)
        @inbounds begin
            change = u[i] - past[i]
            bend = change - (past[i] - before[i])
            x[i] = decay * x[i] + first * u[i] + slope * change + curvature * bend
        end
    end
end

function damped!(x, u, past, before, earliest, c, m, rows)
    return each_number(c, m, rows) do i, (decay, first, slope, curvature, damping)
        @inbounds begin
            change, older = u[i] - past[i], past[i] - before[i]
            bend = change - older
            third = bend - (older - (before[i] - earliest[i]))
            x[i] = decay * x[i] + first * u[i] + slope * change + curvature * bend - damping * third
        end
    end
end

"""
    observe!(run)

Keep the largest difference between orders 3 and 2 seen after a sample, rms over rms of x.
"""
function observe!(run::ExponentialRun)
    run.known >= 3 || return nothing
    chunks = run.statistics.chunks
    parts = run.parts
    each_block(eachindex(chunks), 10 * length(run.x)) do c
        parts[c] = squared_error(run, chunks[c])
    end
    local_error, scale = sum(first, parts), sum(last, parts)
    scale > 0 && (run.error = max(run.error, sqrt(local_error / scale)))
    return nothing
end

# Sums of squares over some rows: of the difference between orders 3 and 2, and of x.
function squared_error(run, rows)
    u, past, before = latest(run)
    c, x, m = run.coefficients, run.x, run.f.trials
    local_error = scale = 0.0
    if length(c) == 1
        range = (m * (first(rows) - 1) + 1):(m * last(rows))
        @inbounds @simd for i in range
            local_error += (u[i] - 2 * past[i] + before[i])^2
            scale += x[i]^2
        end
        return (c[1][4]^2 * local_error, scale)
    end
    @inbounds for row in rows, i in (m * (row - 1) + 1):(m * row)
        local_error += (c[row][4] * (u[i] - 2 * past[i] + before[i]))^2
        scale += x[i]^2
    end
    return (local_error, scale)
end

residual(run::ExponentialRun) = run.order == 1 ? NaN : run.error

function verdict(run::ExponentialRun)
    (run.outcome.success && run.error > LARGEST_ERROR) || return run.outcome
    error = round(run.error; sigdigits = 2)
    return Outcome(
        false, "unstable", "The steps differ by $error of x between orders: lower dt."
    )
end
