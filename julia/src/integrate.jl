# Integration in chunks of wall time, with streamed statistics.

"""
    Plan(transient, interval, samples)

Sampling times transient + interval * (1:samples), in membrane time constants.
"""
struct Plan
    transient::Float64
    interval::Float64
    samples::Int
end

sample_time(plan::Plan, i) = plan.transient + plan.interval * i
stop_time(plan::Plan) = sample_time(plan, plan.samples)

"""
    Outcome(success, retcode, message)

How a solver ended: `retcode` is `"success"`, `"max_iterations"`, `"diverged"` or `"unstable"`, the
message says what happened and what to try.
"""
struct Outcome
    success::Bool
    retcode::String
    message::String
end

const REACHED = Outcome(true, "success", "reached the end")
const NOT_FINITE =
    Outcome(false, "diverged", "The state is not finite: lower dt or use an adaptive method.")

abstract type Run end

"""
    AdaptiveRun

An integration by an adaptive method of OrdinaryDiffEq.
"""
mutable struct AdaptiveRun{I, F} <: Run
    const integrator::I
    const f::F
    const plan::Plan
    const statistics::Statistics
    const point::Vector{Float64}
    const method::String
    const solver::Union{Nothing, ScaledGmres}
    taken::Int
    steps::Int
    outcome::Outcome
end

"""
    FixedStepRun

An integration with fixed steps `dt`, shortened to meet the samples: a subtype holds `plan`,
`statistics`, `x`, `dt`, `t`, `taken`, `outcome` and has `fixed_step!`.
"""
abstract type FixedStepRun <: Run end

"""
    FixedRun

RK4 or Euler.
"""
mutable struct FixedRun{F} <: FixedStepRun
    const f::F
    const plan::Plan
    const statistics::Statistics
    const x::Vector{Float64}
    const work::NTuple{5, Vector{Float64}}
    const method::String
    const dt::Float64
    t::Float64
    taken::Int
    steps::Int
    outcome::Outcome
end

"""
Below this many unknowns Newton steps factorise the sparse Jacobian instead of iterating.
"""
const FACTORISE_UP_TO = 150

"""
    start(network, x0, trials, method, rtol, atol, dt, plan, statistics)

An integration ready to `advance!`. Methods by their shared names: RK45 is Tsit5, DOP853 Vern8, RK23
BS3, BDF FBDF; ETD3, ETD3D, ETD1, RK4 and Euler take fixed steps `dt`.
"""
function start(network, x0, trials, method, rtol, atol, dt, plan, statistics)
    # Implicit steps multiply by the Jacobian, by rows; tiles sum in the precision of W, which only
    # exponential steps keep when it is single.
    explicit = method != "BDF" && (startswith(method, "ETD") || precision(network) == Float64)
    if explicit
        network = tiled(network, trials, stop_time(plan) * products_per_time(method, dt))
    end
    f = RightHandSide(network, trials)
    x = copy(x0)
    work = ntuple(_ -> similar(x), 5)
    f(work[1], x, nothing, 0.0)
    if !all(isfinite, work[1])
        outcome = Outcome(false, "diverged", "The weights or the start are not finite.")
        return FixedRun(f, plan, statistics, x, work, method, dt, 0.0, 0, 0, outcome)
    end
    f.evaluations = 0
    if method == "RK4" || method == "Euler"
        return FixedRun(f, plan, statistics, x, work, method, dt, 0.0, 0, 0, REACHED)
    elseif method in ("ETD3", "ETD3D", "ETD1")
        return ExponentialRun(f, x, method, dt, plan, statistics)
    elseif method == "RK45"
        return adaptive(f, x, Tsit5(), "Tsit5", rtol, atol, plan, statistics)
    elseif method == "DOP853"
        return adaptive(f, x, Vern8(), "Vern8", rtol, atol, plan, statistics)
    elseif method == "RK23"
        return adaptive(f, x, BS3(), "BS3", rtol, atol, plan, statistics)
    elseif method == "BDF"
        return stiff(f, x, rtol, atol, plan, statistics)
    end
    throw(ArgumentError("unknown method $method"))
end

# Products a run takes in a unit of time, for adaptive methods about.
products_per_time(method, dt) = startswith(method, "ETD") || method == "Euler" ? 1 / dt : 4 / min(dt, 0.5)

function stiff(f, x, rtol, atol, plan, statistics)
    if length(x) <= FACTORISE_UP_TO
        pattern = jacobian_pattern(f.network, f.trials)
        jac(matrix, u, p, t) = (jacobian!(matrix, f, u); nothing)
        options = (; jac, jac_prototype = pattern)
        algorithm = FBDF(linsolve = PureKLUFactorization())
        return adaptive(f, x, algorithm, "FBDF, KLU", rtol, atol, plan, statistics; options)
    end
    gmres = ScaledGmres()
    algorithm = FBDF(linsolve = LinearSolveFunction(gmres))
    options = (; jac_prototype = JacobianOperator(f), sparsity = nothing)
    name = "FBDF, Newton-Krylov"
    return adaptive(f, x, algorithm, name, rtol, atol, plan, statistics; options, solver = gmres)
end

function adaptive(
        f, x, algorithm, name, rtol, atol, plan, statistics; options = (;), solver = nothing
    )
    full = ODEFunction{true, SciMLBase.FullSpecialize}(f; options...)
    problem = ODEProblem{true, SciMLBase.FullSpecialize}(full, x, (0.0, stop_time(plan)), nothing)
    integrator = init(
        problem,
        algorithm;
        reltol = rtol,
        abstol = atol,
        save_everystep = false,
        save_start = false,
        save_end = false,
        dense = false,
        calck = true,
        maxiters = typemax(Int),
        verbose = SciMLLogging.None(),
    )
    return AdaptiveRun(
        integrator, f, plan, statistics, similar(x), name, solver, 0, 0, REACHED
    )
end

"""
    advance!(run, seconds)

Go on for about `seconds` of wall time. Returns the fraction done, and whether there is more to do.
"""
function advance!(run::AdaptiveRun, seconds::Float64)
    stop = stop_time(run.plan)
    (!run.outcome.success || stop <= 0) && return 1.0, false
    limit = time_ns() + round(UInt64, 1.0e9 * seconds)
    integrator = run.integrator
    while integrator.t < stop
        step!(integrator)
        run.steps += 1
        code = integrator.sol.retcode
        if !(code == ReturnCode.Default || code == ReturnCode.Success)
            run.outcome = failure(code, integrator.u)
            return integrator.t / stop, false
        end
        take_samples!(run, integrator)
        time_ns() > limit && break
    end
    return integrator.t / stop, integrator.t < stop
end

function take_samples!(run::AdaptiveRun, integrator)
    while run.taken < run.plan.samples && sample_time(run.plan, run.taken + 1) <= integrator.t
        run.taken += 1
        time = sample_time(run.plan, run.taken)
        if time == integrator.t
            add!(run.statistics, integrator.u)
        else
            integrator(run.point, time)
            add!(run.statistics, run.point)
        end
    end
    return nothing
end

function failure(code, x)
    all(isfinite, x) || return NOT_FINITE
    return Outcome(
        false, "unstable", "The solver stopped with $code. Loosen rtol or check the weights."
    )
end

function advance!(run::FixedStepRun, seconds::Float64)
    run.outcome.success || return 0.0, false
    plan = run.plan
    stop = stop_time(plan)
    limit = time_ns() + round(UInt64, 1.0e9 * seconds)
    while run.t < stop
        # Segments of the transient have the length of the sampling interval.
        sampling = run.t >= plan.transient
        next = if sampling
            sample_time(plan, run.taken + 1)
        else
            done = round(Int, run.t / plan.interval)
            min(plan.interval * (done + 1), plan.transient)
        end
        count = max(1, ceil(Int, (next - run.t) / run.dt - 1.0e-9))
        h = (next - run.t) / count
        for _ in 1:count
            fixed_step!(run, h)
        end
        run.t = next
        if !all(isfinite, run.x)
            run.outcome = NOT_FINITE
            return run.t / stop, false
        end
        if sampling
            run.taken += 1
            add!(run.statistics, run.x)
            observe!(run)
        end
        time_ns() > limit && break
    end
    return stop > 0 ? run.t / stop : 1.0, run.t < stop
end

function fixed_step!(run::FixedRun, h)
    f, x = run.f, run.x
    k1, k2, k3, k4, y = run.work
    run.steps += 1
    f(k1, x, nothing, 0.0)
    if run.method == "Euler"
        axpy!(h, k1, x)
        return nothing
    end
    @. y = x + 0.5 * h * k1
    f(k2, y, nothing, 0.0)
    @. y = x + 0.5 * h * k2
    f(k3, y, nothing, 0.0)
    @. y = x + h * k3
    f(k4, y, nothing, 0.0)
    @. x += (h / 6) * (k1 + 2 * (k2 + k3) + k4)
    return nothing
end

# After a sample: what a method wants to know about its steps, and its verdict at the end.
observe!(::FixedRun) = nothing
residual(::Run) = NaN
verdict(run::Run) = run.outcome

state(run::AdaptiveRun) = run.integrator.u
state(run::FixedStepRun) = run.x

function evaluations(run::AdaptiveRun)
    return run.f.evaluations + (run.solver === nothing ? 0 : run.solver.products)
end
evaluations(run::FixedStepRun) = run.f.evaluations
