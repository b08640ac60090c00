# Fixed points of the network, -x + W tanh(x) = 0, as steady states.

const FACTORISE_FIXED_POINT_UP_TO = 300

"""
    fixed_point(network, x0; tolerance = 1e-10, max_iterations = 60)

Newton's method from `x0` on the `SteadyStateProblem` of the network: up to 300 neurons by trust
region with the Jacobian factorised, beyond by GMRES with Jacobian-vector products and a
derivative-free line search. Returns `(x, outcome, iterations, evaluations, residual)`; the residual
is max |-x + W tanh(x)|. The point found need not be stable.
"""
function fixed_point(network, x0; tolerance = 1.0e-10, max_iterations = 60)
    f = RightHandSide(without_rates(network), 1)
    rhs!(dx, x, p, t) = f(dx, x, p, t)
    residual = similar(x0)
    f(residual, x0, nothing, 0.0)
    size = maximum(abs, residual)
    if !isfinite(size) || size <= tolerance
        return (copy(x0), solved(size <= tolerance), 0, f.evaluations, size)
    end
    small = network.n <= FACTORISE_FIXED_POINT_UP_TO
    solution = if small
        jac!(matrix, x, p, t) = dense_jacobian!(matrix, f, x)
        g = ODEFunction{true, SciMLBase.FullSpecialize}(rhs!; jac = jac!)
        problem = NonlinearProblem(SteadyStateProblem(g, copy(x0)))
        solve(problem, TrustRegion(); abstol = tolerance, maxiters = max_iterations)
    else
        operator = JacobianOperator(f)
        function jvp!(out, v, x, p)
            slope!(operator.slope, x)
            mul!(out, operator, v)
            return nothing
        end
        residual!(dx, x, p) = f(dx, x, p, 0.0)
        g = NonlinearFunction{true, SciMLBase.FullSpecialize}(residual!; jvp = jvp!)
        problem = NonlinearProblem(g, copy(x0))
        newton = NewtonRaphson(;
            linsolve = KrylovJL_GMRES(),
            linesearch = RobustNonMonotoneLineSearch(),
            concrete_jac = false,
        )
        solve(problem, newton; abstol = tolerance, maxiters = max_iterations)
    end
    x = solution.u
    f(residual, x, nothing, 0.0)
    size = maximum(abs, residual)
    return (x, solved(size <= tolerance), solution.stats.nsteps, f.evaluations, size)
end

function solved(success)
    success && return Outcome(true, "success", "converged")
    return Outcome(
        false,
        "max_iterations",
        "No fixed point near the start: relax the network further, or it is chaotic there.",
    )
end

function without_rates(w::SparseNetwork)
    return SparseNetwork(w.n, w.starts, w.columns, w.values, Float64[], w.blocks, w.tiled)
end
without_rates(w::DenseNetwork) = DenseNetwork(w.n, w.transposed, Float64[], w.blocks)

"""
    dense_jacobian!(matrix, f, x)

-1 + W diag(phi'(x)) for one trial.
"""
function dense_jacobian!(matrix, f::RightHandSide, x)
    fill!(matrix, 0.0)
    slope = slope!(similar(x), x)
    for_entries(f.network) do i, j, value
        matrix[i, j] += value * slope[j]
    end
    for i in eachindex(x)
        matrix[i, i] -= 1.0
    end
    return nothing
end
