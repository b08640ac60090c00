# D(0) of the stationary state at symmetry 0.

const HALF_LINE = 0.0:0.01:12.0
const HALF_LINE_WEIGHTS = let w = exp.(-0.5 .* HALF_LINE .^ 2)
    w[1] *= 0.5
    w ./ sum(w)
end

"""
    log_cosh(x)

ln cosh x without overflow for large x or cancellation for small x.
"""
function log_cosh(x)
    a = abs(x)
    return a < 1 ? log1p(2 * sinh(a / 2)^2) : a + log1p(exp(-2a)) - log(2.0)
end

"""
    variance_log_cosh(variance)

<Phi^2> - <Phi>^2 for Phi = ln cosh x and x ~ N(0, variance), by the trapezoid rule.
"""
function variance_log_cosh(variance)
    s = sqrt(variance)
    values = [log_cosh(s * z) for z in HALF_LINE]
    mean = dot(values, HALF_LINE_WEIGHTS)
    return sum(HALF_LINE_WEIGHTS[i] * (values[i] - mean)^2 for i in eachindex(values))
end

"""
    excess(log_d0, (u, weight, gain))

2 g^2 E[<Phi^2> - <Phi>^2]/D(0)^2 - 1 over size-biased nodes `u`: zero where the potential of the
stationary theory (Sompolinsky, Crisanti & Sommers 1988) vanishes.
"""
function excess(log_d0, (u, weight, gain))
    d0 = exp(log_d0)
    mean = sum(weight[j] * variance_log_cosh(u[j] * d0) / u[j] for j in eachindex(u))
    return 2 * gain^2 * mean / d0^2 - 1
end

"""
    d0_root(u, weight, gain, low, high)

Root of `excess` in ln D(0) between two bounds by the ITP method. Returns the root, the evaluations
spent, and whether it converged.
"""
function d0_root(u, weight, gain, low, high)
    calls = Ref(0)
    function f(log_d0, p)
        calls[] += 1
        return excess(log_d0, p)
    end
    problem = IntervalNonlinearProblem{false}(f, (low, high), (u, weight, gain))
    solution = solve(problem, ITP(); abstol = 1.0e-15, maxiters = 200)
    root = solution.u
    return root, calls[], abs(excess(root, (u, weight, gain))) < 1.0e-12
end
