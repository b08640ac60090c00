# The stationary mean-field equations with memory as one nonlinear problem.

"""
    memory_root!(map, v, unit, shift, tolerance, max_evaluations)

Solve F(v) + shift = v for C and G together, F the map with its random numbers fixed, a smooth function:
Newton's method (NonlinearSolve), each step by GMRES on products with the Jacobian, which are differences
of the map. `v` (C at L + 1 lags, then G in L cells, in units of `unit`) is the start and becomes the
root. Ends when max |residual of C| and |residual of chi| are below `tolerance`. Returns (evaluations,
retcode, residuals of the steps).

Costs some 30 to 60 evaluations: more than Anderson's iteration from a good start; it needs no damping,
and converges where the feedback is nearly marginal.
"""
function memory_root!(map::MemoryMap, v, unit, shift, tolerance, max_evaluations)
    p = map.plan
    cut = p.n_lags + 1
    found = MemoryFound(p)
    before = map.evaluations
    function residual!(out, v, _)
        c = v[1:cut] .* view(unit, 1:cut)
        g = v[(cut + 1):end] .* view(unit, (cut + 1):length(v))
        map(found, c, g)
        for i in 1:cut
            out[i] = found.c[i] / unit[i] + shift[i] - v[i]
        end
        for i in eachindex(found.g)
            out[cut + i] = found.g[i] / unit[cut + i] + shift[cut + i] - v[cut + i]
        end
        return nothing
    end
    size(r) = max(maximum(abs, view(r, 1:cut)), abs(sum(view(r, (cut + 1):length(r)))))
    r, shifted, moved = similar(v), similar(v), similar(v)
    at = fill(NaN, length(v))
    function jvp!(out, d, v, _)
        # The residual at v is that of the step before: computed once per point.
        if at != v
            residual!(r, v, nothing)
            copyto!(at, v)
        end
        length_ = sqrt(dot(d, d))
        if length_ == 0
            fill!(out, 0.0)
            return nothing
        end
        h = 1.0e-6 * max(sqrt(dot(v, v)), 1.0) / length_
        moved .= v .+ h .* d
        residual!(shifted, moved, nothing)
        out .= (shifted .- r) ./ h
        return nothing
    end
    f = NonlinearFunction{true, SciMLBase.FullSpecialize}(residual!; jvp = jvp!)
    problem = NonlinearProblem(f, copy(v))
    newton = NewtonRaphson(;
        linsolve = KrylovJL_GMRES(rtol = 1.0e-2, itmax = 40),
        linesearch = RobustNonMonotoneLineSearch(),
        concrete_jac = false,
    )
    cache = init(problem, newton; abstol = 1.0e-14, maxiters = 100)
    out = similar(v)
    code, best, history = "max_iterations", Inf, Float64[]
    while map.evaluations - before < max_evaluations
        u = cache.u
        residual!(out, u, nothing)
        now = size(out)
        push!(history, now)
        if now < best
            best = now
            copyto!(v, u)
        end
        if now <= tolerance
            code = "success"
            break
        end
        isfinite(now) || break
        step!(cache)
    end
    return map.evaluations - before, code, history
end
