# Static states of the mean-field theory: q and chi of the distribution of fixed points, defined in
# pyscales.theory.fixed_points, whose averages and selection rules these are.

const Z_MAX = 8.5
const SMALLEST_Q = 1.0e-9
const LARGEST_CHI = 1.0e6

"""
    StaticProblem

A degree law and the physics. The law is given by nodes `u`, `weight`, or, where `density` is set, by
ln p(ln u) = a v + b v^2 + c e^v, v = ln u, `terms` = (a, b, c), on `range`: then nodes cluster at the
relative degree where neurons become bistable, along `base` (nodes and weights on 0 .. 1). `panels` are
the nodes and weights of averages over x; `equal` the rule for the root.
"""
struct StaticProblem
    u::Vector{Float64}
    weight::Vector{Float64}
    density::Bool
    range::NTuple{2, Float64}
    terms::NTuple{3, Float64}
    base::NTuple{2, Vector{Float64}}
    panels::NTuple{2, Vector{Float64}}
    gain::Float64
    symmetry::Float64
    equal::Bool
    calls::Base.RefValue{Int}
end

"""
    outer_root(s, b)

Largest root x >= 0 of x = s tanh(x) + b, b >= 0, by Newton's method kept in a bracket.
"""
function outer_root(s, b)
    high = max(s, 0.0) + b + 1.0e-300
    low = min(fold(s), high) # beyond the fold x - s tanh(x) grows
    x = high
    for _ in 1:80
        t = tanh(x)
        value, slope = x - s * t - b, 1 - s * (1 - t^2)
        value >= 0 ? (high = min(high, x)) : (low = max(low, x))
        new = x - value / max(slope, 1.0e-12)
        low < new < high || (new = 0.5 * (low + high))
        abs(new - x) <= 1.0e-15 * (1 + x) && return new
        x = new
    end
    return x
end

fold(s) = s > 1 ? acosh(sqrt(s)) : 0.0

# Sums of tanh^2 and of the response over x from `start` to `stop` with the density of x on a branch.
function branch(panels, s, width, start, stop)
    share, weights = panels
    q = response = 0.0
    scale = (stop - start) / (sqrt(2pi) * width)
    for i in eachindex(share)
        x = start + (stop - start) * share[i]
        t = tanh(x)
        d = 1 - t^2
        z = (x - s * t) / width
        density = exp(-0.5 * z^2) * scale * weights[i]
        open = max(1 - s * d, 1.0e-13)
        q += t^2 * density * open
        response += d * density
    end
    return q, response
end

# <tanh^2> and the response of neurons of one self-coupling s.
function node_averages(p::StaticProblem, s, width)
    zero = outer_root(s, 0.0)
    top = outer_root(s, Z_MAX * width)
    q, response = 2 .* branch(p.panels, s, width, zero, top)
    if p.equal && s > 1
        # Inside the trivalued range half of the probability moves to the other well.
        there = branch(p.panels, s, width, fold(s), zero)
        limit = (s * tanh(fold(s)) - fold(s)) / width
        same = branch(p.panels, s, width, zero, outer_root(s, min(limit, Z_MAX) * width))
        q += there[1] - same[1]
        response += there[2] - same[2]
    end
    return q, response
end

# Nodes and weights of plain averages, clustered quadratically at u_star.
function degree_nodes(p::StaticProblem, u_star)
    p.density || return p.u, p.weight
    low, high = p.range
    middle = clamp(u_star > 0 ? log(u_star) : low, low, high)
    a, b, c = p.terms
    y, w = p.base
    u, weight, exponent = Float64[], Float64[], Float64[]
    for (sign, length) in ((-1.0, middle - low), (1.0, high - middle))
        length > 1.0e-9 || continue
        for i in eachindex(y)
            v = middle + sign * length * y[i]^2
            push!(u, exp(v))
            push!(weight, w[i] * 2 * y[i] * length)
            push!(exponent, a * v + b * v^2 + c * exp(v))
        end
    end
    weight .*= exp.(exponent .- maximum(exponent))
    return u, weight ./ sum(weight)
end

"""
    static_averages(problem, q, chi)

E[u <tanh(x)^2>] and E[u <phi'/(1 - s_u phi')>] that a given q and chi lead to.
"""
function static_averages(p::StaticProblem, q, chi)
    p.calls[] += 1
    strength = p.symmetry * p.gain^2 * chi
    u, weight = degree_nodes(p, strength > 0 ? 1 / strength : 0.0)
    found_q, found_chi = zeros(length(u)), zeros(length(u))
    each_block(even_blocks(length(u), 16), 10^6) do range
        for j in range
            a, b = node_averages(p, strength * u[j], p.gain * sqrt(u[j] * q))
            found_q[j], found_chi[j] = weight[j] * u[j] * a, weight[j] * u[j] * b
        end
    end
    return sum(found_q), sum(found_chi)
end

function bracketed(f, low, high, tolerance)
    problem = IntervalNonlinearProblem{false}((x, p) -> f(x), (low, high), nothing)
    return solve(problem, ITP(); abstol = tolerance, maxiters = 200).u
end

# The smallest chi at given q: the first change of sign from 0.
function chi_of(p::StaticProblem, q)
    first_chi = static_averages(p, q, 0.0)[2]
    p.symmetry == 0 && return first_chi
    excess(chi) = static_averages(p, q, chi)[2] - chi
    low, high = 0.0, 0.5 * first_chi
    while excess(high) > 0
        low, high = high, 1.3 * high
        high > LARGEST_CHI && return NaN
    end
    return bracketed(excess, low, high, 1.0e-12)
end

"""
    static_state(problem, tolerance)

The static state with the largest q and, at that q, the smallest chi: brackets select the branch, and
`TrustRegion` of NonlinearSolve solves both equations from there. Returns (q, chi, evaluations, retcode,
residual); q = 0 where only x = 0 is static. The residual is the larger of the errors of ln q and of
chi, relative to chi.
"""
function static_state(p::StaticProblem, tolerance)
    gap(log_q) = (q = exp(log_q); log(static_averages(p, q, chi_of(p, q))[1] / q))
    low, step = log(0.999), 0.7
    while low > log(SMALLEST_Q)
        trial = low - step
        if gap(trial) > 0
            rough = bracketed(gap, trial, low, 1.0e-4)
            return polished(p, rough, chi_of(p, exp(rough)), (trial, low), gap, tolerance)
        end
        low, step = trial, min(1.3 * step, 3.0)
    end
    chi = chi_of(p, SMALLEST_Q)
    return 0.0, chi, p.calls[], isfinite(chi) ? "success" : "max_iterations", 0.0
end

function polished(p, log_q, chi, bracket, gap, tolerance)
    function residual!(out, v, _)
        q, response = static_averages(p, exp(v[1]), v[2])
        out[1], out[2] = log(q) - v[1], response - v[2]
        return nothing
    end
    function jacobian!(matrix, v, _)
        plus, minus = zeros(2), zeros(2)
        for k in 1:2
            h = 1.0e-6 * max(abs(v[k]), 1.0e-3)
            residual!(plus, v .+ h .* (1:2 .== k), nothing)
            residual!(minus, v .- h .* (1:2 .== k), nothing)
            matrix[:, k] .= (plus .- minus) ./ 2h
        end
        return nothing
    end
    f = NonlinearFunction{true, SciMLBase.FullSpecialize}(residual!; jac = jacobian!)
    problem = NonlinearProblem(f, [log_q, chi])
    solution = solve(problem, TrustRegion(); abstol = 0.1 * tolerance, maxiters = 50)
    v = solution.u
    # Another branch, or none: the bracket is slower but stays on the selected one.
    if !(abs(v[1] - log_q) < 1.0e-2 && abs(v[2] / chi - 1) < 5.0e-2 && all(isfinite, v))
        root = bracketed(gap, bracket..., tolerance)
        v = [root, chi_of(p, exp(root))]
    end
    out = zeros(2)
    residual!(out, v, nothing)
    size = max(abs(out[1]), abs(out[2] / v[2]))
    # The quadrature over degrees moves with chi, to 1e-10 or so: no smaller residual is asked for.
    code = size < 10 * tolerance ? "success" : "max_iterations"
    return exp(v[1]), v[2], p.calls[], code, size
end
