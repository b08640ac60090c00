# Entry points of the Python package: addresses of plain arrays in and out. The caller keeps the
# memory alive; nothing of it is kept after the job but what a `Run` holds.

vector(::Type{T}, address::Int, n::Int) where {T} =
    n == 0 ? T[] : unsafe_wrap(Array, Ptr{T}(address), n)
matrix(address::Int, m::Int, n::Int) =
    m * n == 0 ? zeros(m, n) : unsafe_wrap(Array, Ptr{Float64}(address), (m, n))

function network_at(n, sparse, entries, starts, columns, values, rate, ::Type{T} = Float64) where {T}
    if sparse
        return SparseNetwork(
            n,
            vector(Int64, starts, n + 1),
            vector(Int32, columns, entries),
            vector(T, values, entries),
            rate,
        )
    end
    return DenseNetwork(matrix(values, n, n), rate)
end

"""
    integrate_start(n, sparse, entries, starts, columns, values, trials, x0, tau, method, rtol, atol,
                    dt, transient, interval, samples, lags, n_kept, kept, n_record, record, single)

A `Run` on arrays given by address: W in compressed rows with indices from 0 (or dense by rows), x0 of
shape (trials, n) by rows, tau of shape (n,) or address 0 for all one, neurons `kept` and `record` from
0; `single` says that the values of a sparse W are Float32.
"""
function integrate_start(
        n::Int,
        sparse::Bool,
        entries::Int,
        starts::Int,
        columns::Int,
        values::Int,
        trials::Int,
        x0::Int,
        tau::Int,
        method::String,
        rtol::Float64,
        atol::Float64,
        dt::Float64,
        transient::Float64,
        interval::Float64,
        samples::Int,
        lags::Int,
        n_kept::Int,
        kept::Int,
        n_record::Int,
        record::Int,
        single::Bool,
    )
    rate = tau == 0 ? Float64[] : 1 ./ vector(Float64, tau, n)
    network = if single
        network_at(n, sparse, entries, starts, columns, values, rate, Float32)
    else
        network_at(n, sparse, entries, starts, columns, values, rate)
    end
    x = vec(permutedims(matrix(x0, n, trials)))
    statistics = Statistics(
        n,
        trials,
        samples,
        lags,
        vector(Int, kept, n_kept) .+ 1,
        vector(Int, record, n_record) .+ 1,
    )
    plan = Plan(transient, interval, samples)
    return start(network, x, trials, method, rtol, atol, dt, plan, statistics)
end

"""
    integrate_advance!(run, seconds)

See `advance!`.
"""
integrate_advance!(run::Run, seconds::Float64) = advance!(run, seconds)

"""
    integrate_finish!(run, addresses...)

Write what `Integration` holds to arrays given by address, in its order; returns the number of
samples taken.
"""
function integrate_finish!(
        run::Run,
        mean_x::Int,
        mean_square_x::Int,
        mean_square_phi::Int,
        population_square_x::Int,
        population_square_phi::Int,
        autocorrelation_x::Int,
        autocorrelation_phi::Int,
        population_x::Int,
        population_phi::Int,
        recorded::Int,
        final_state::Int,
    )
    s = run.statistics
    n, m, samples = s.n, s.trials, run.plan.samples
    count = max(s.count, 1)
    for (address, sum) in (
            (mean_x, s.sum_x), (mean_square_x, s.sum_x2), (mean_square_phi, s.sum_phi2),
        )
        matrix(address, n, m) .= permutedims(reshape(sum, m, n)) ./ count
    end
    matrix(final_state, n, m) .= permutedims(reshape(state(run), m, n))
    matrix(population_square_x, samples, m) .= s.population_x2
    matrix(population_square_phi, samples, m) .= s.population_phi2
    vector(Float64, recorded, length(s.recorded)) .= vec(s.recorded)
    if s.lagged !== nothing
        kept = length(s.kept)
        for (products, own, population) in (
                (s.lagged[1], autocorrelation_x, population_x),
                (s.lagged[2], autocorrelation_phi, population_phi),
            )
            lags = products.lags
            found = reshape(means(products), lags, m, kept)
            matrix(own, lags, kept) .= dropdims(sum(found; dims = 2); dims = 2) ./ m
            matrix(population, lags, m) .= dropdims(sum(found; dims = 3); dims = 3) ./ kept
        end
    end
    return s.count
end

"""
    integrate_status(run)

(success, retcode, message, steps, evaluations, residual, method).
"""
function integrate_status(run::Run)
    o = verdict(run)
    return (o.success, o.retcode, o.message, run.steps, evaluations(run), residual(run), run.method)
end

"""
    fixed_point!(n, sparse, entries, starts, columns, values, x, tolerance)

`fixed_point` from the state at address `x`, which the result replaces; returns a status as
`integrate_status` does.
"""
function fixed_point!(
        n::Int,
        sparse::Bool,
        entries::Int,
        starts::Int,
        columns::Int,
        values::Int,
        x::Int,
        tolerance::Float64,
    )
    network = network_at(n, sparse, entries, starts, columns, values, Float64[])
    at = vector(Float64, x, n)
    found, outcome, iterations, calls, residual = fixed_point(network, copy(at); tolerance)
    copyto!(at, found)
    method = n <= FACTORISE_FIXED_POINT_UP_TO ? "TrustRegion, LU" : "NewtonRaphson, GMRES"
    return (
        outcome.success, outcome.retcode, outcome.message, iterations, calls, residual, method,
    )
end

function d0_root(
        size::Int, u::Int, weight::Int, gain::Float64, low::Float64, high::Float64
    )
    return d0_root(vector(Float64, u, size), vector(Float64, weight, size), gain, low, high)
end

"""
    static_state(size, u, weight, density, low, high, a, b, c, n_base, base_y, base_w, n_panels, share,
                 weights, gain, symmetry, equal, tolerance)

`static_state` of a `StaticProblem` whose arrays are given by address.
"""
function static_state(
        size::Int,
        u::Int,
        weight::Int,
        density::Bool,
        low::Float64,
        high::Float64,
        a::Float64,
        b::Float64,
        c::Float64,
        n_base::Int,
        base_y::Int,
        base_w::Int,
        n_panels::Int,
        share::Int,
        weights::Int,
        gain::Float64,
        symmetry::Float64,
        equal::Bool,
        tolerance::Float64,
    )
    real(address, n) = vector(Float64, address, n)
    problem = StaticProblem(
        real(u, size),
        real(weight, size),
        density,
        (low, high),
        (a, b, c),
        (real(base_y, n_base), real(base_w, n_base)),
        (real(share, n_panels), real(weights, n_panels)),
        gain,
        symmetry,
        equal,
        Ref(0),
    )
    return static_state(problem, tolerance)
end

"""
    memory_start(nodes, u, weight, count, gain, symmetry, dt, n_steps, n_burn, n_lags)

A `MemoryMap` of a plan whose arrays are given by address.
"""
function memory_start(
        nodes::Int,
        u::Int,
        weight::Int,
        count::Int,
        gain::Float64,
        symmetry::Float64,
        dt::Float64,
        n_steps::Int,
        n_burn::Int,
        n_lags::Int,
    )
    real(address) = copy(vector(Float64, address, nodes))
    counts = copy(vector(Int, count, nodes))
    return MemoryMap(
        MemoryPlan(real(u), real(weight), counts, gain, symmetry, dt, n_steps, n_burn, n_lags)
    )
end

"""
    memory_numbers!(map, noise, probe)

Random numbers by address: noise (bins, n) complex and probe (steps, n), both by rows.
"""
function memory_numbers!(map::MemoryMap, noise::Int, probe::Int)
    p = map.plan
    n = length(p.node)
    noises = unsafe_wrap(Array, Ptr{ComplexF64}(noise), (n, bins(p)))
    put_numbers!(map.numbers, p, noises, matrix(probe, n, p.n_steps))
    map.evaluations = 0
    return nothing
end

"""
    memory_map!(map, c, g, found...)

One evaluation of the map, C and G given by address; what `MemoryFound` holds goes to the addresses
`found`, matrices as (L + 1, nodes) by rows. Returns the evaluations so far.
"""
function memory_map!(map::MemoryMap, c::Int, g::Int, found::Vararg{Int, 6})
    l, k = map.plan.n_lags, nodes(map.plan)
    out = MemoryFound(
        vector(Float64, found[1], l + 1),
        vector(Float64, found[2], l),
        matrix(found[3], k, l + 1),
        matrix(found[4], k, l + 1),
        vector(Float64, found[5], k),
        vector(Float64, found[6], k),
    )
    map(out, vector(Float64, c, l + 1), vector(Float64, g, l))
    return map.evaluations
end

"""
    memory_root!(map, size, v, unit, shift, tolerance, max_evaluations)

`memory_root!` on vectors of length `size` given by address.
"""
function memory_root!(
        map::MemoryMap,
        size::Int,
        v::Int,
        unit::Int,
        shift::Int,
        tolerance::Float64,
        max_evaluations::Int,
    )
    real(address) = vector(Float64, address, size)
    return memory_root!(map, real(v), real(unit), real(shift), tolerance, max_evaluations)
end

"""
    lyapunov_start(n, sparse, entries, starts, columns, values, trials, m, x0, tangents, tau, interval,
                   steps, transient, intervals)

A `TangentRun` on arrays given by address: x0 (trials, n), tangents (trials, n, m), both by rows;
`transient` and `intervals` counted in intervals.
"""
function lyapunov_start(
        n::Int,
        sparse::Bool,
        entries::Int,
        starts::Int,
        columns::Int,
        values::Int,
        trials::Int,
        m::Int,
        x0::Int,
        tangents::Int,
        tau::Int,
        interval::Float64,
        steps::Int,
        transient::Int,
        intervals::Int,
    )
    rate = tau == 0 ? Float64[] : 1 ./ vector(Float64, tau, n)
    network = network_at(n, sparse, entries, starts, columns, values, rate)
    return TangentRun(
        network,
        permutedims(matrix(x0, n, trials)),
        unsafe_wrap(Array, Ptr{Float64}(tangents), (m, n, trials)),
        trials,
        m,
        interval,
        steps,
        transient,
        intervals,
    )
end

"""
    lyapunov_finish!(run, growth, squares, final_state)

Write growth rates (trials, intervals, m), sums of the population mean of x^2 (trials,) and the state
(trials, n); returns the status.
"""
function lyapunov_finish!(run::TangentRun, growth::Int, squares::Int, final_state::Int)
    trials, n = run.trials, run.network.n
    vector(Float64, growth, length(run.growth)) .= vec(run.growth)
    vector(Float64, squares, trials) .= run.squares
    both = reshape(run.both, width(run), n)
    matrix(final_state, n, trials) .= permutedims(both[1:trials, :])
    o = run.outcome
    steps = run.done * run.steps_per_interval
    return (o.success, o.retcode, o.message, steps, run.evaluations, NaN, "RK4")
end

"""
    about()

Version of Julia and number of threads.
"""
about() = (string(VERSION), Threads.nthreads())
