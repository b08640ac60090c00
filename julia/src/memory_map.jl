# One evaluation of the map (C, G) -> (C', G') of the mean-field equations with memory.

const MEMORY_GROUPS = 16

"""
    MemoryMap(plan)

The map of `pyscales.theory.memory.memory_map`, room for its random numbers (`put_numbers!`) and to
work. Call it as `map!(found, c, g)`; evaluations are counted.
"""
mutable struct MemoryMap
    const plan::MemoryPlan
    const numbers::MemoryNumbers
    const groups::Vector{UnitRange{Int}} # of pairs of batches
    const parts::Vector{MemorySums}
    const total::MemorySums
    const averages::Vector{NodeAverages}
    const series::SeriesSpace
    const spaces::Vector{MemorySpace}
    const lock::ReentrantLock
    evaluations::Int
end

function MemoryMap(p::MemoryPlan)
    # Groups are fixed by the number of trajectories, so that sums do not depend on the threads.
    groups = even_blocks(cld(batches(p), 2), MEMORY_GROUPS)
    parts = map(groups) do pairs
        first_one = first(trajectories_of(p, 2 * first(pairs) - 1))
        last_one = last(trajectories_of(p, min(2 * last(pairs), batches(p))))
        MemorySums(bins(p), p.node[first_one]:p.node[last_one])
    end
    total = MemorySums(bins(p), 1:nodes(p))
    averages = [NodeAverages(p) for _ in 1:nodes(p)]
    return MemoryMap(
        p,
        MemoryNumbers(p),
        groups,
        parts,
        total,
        averages,
        series_space(p),
        MemorySpace[],
        ReentrantLock(),
        0,
    )
end

"""
    MemoryFound(plan)

What a sweep finds, as `Sweep` in Python: C' (L + 1), G' (L), <phi phi> and <x x> of every node
(nodes, L + 1), <phi'> and kappa (nodes).
"""
struct MemoryFound
    c::Vector{Float64}
    g::Vector{Float64}
    of_node::Matrix{Float64}
    x_of_node::Matrix{Float64}
    slope::Vector{Float64}
    linear_slope::Vector{Float64}
end

function MemoryFound(p::MemoryPlan)
    l, k = p.n_lags, nodes(p)
    return MemoryFound(
        zeros(l + 1), zeros(l), zeros(k, l + 1), zeros(k, l + 1), zeros(k), zeros(k)
    )
end

function (map::MemoryMap)(found::MemoryFound, c, g)
    p, averages, m = map.plan, map.averages, bins(map.plan)
    map.evaluations += 1
    spectrum = noise_spectrum(p, c, map.series)
    kernel = memory_kernel(p, g)
    re, im = real_transform(p, vcat(0.0, kernel), map.series)
    through = (re[1:m], im[1:m])
    leak = [sqrt(p.n_steps * s) / complex(1.0, w) for (s, w) in zip(spectrum, p.omega)]
    leaks = (real.(leak), imag.(leak))
    each_block(1:nodes(p), 10^6) do j
        found.linear_slope[j] = linear_copy!(averages[j], p, spectrum, through, leaks, j)
    end
    sums!(map, MemoryDrive(leaks, kernel, through, found.linear_slope))
    means = map.total.all
    each_block(1:nodes(p), 10^6) do j
        node = averages[j]
        view(means, :, :, j) ./= p.count[j]
        control!(node, view(means, :, :, j), p.count[j])
        lags = 1:(p.n_lags + 1)
        series = inverse_transform(p, node.power, node.space)
        view(found.of_node, j, :) .= view(series, lags) ./ p.n_steps
        series = inverse_transform(p, view(means, :, 11, j), node.space)
        view(found.x_of_node, j, :) .= view(series, lags) ./ p.n_steps
    end
    found.slope .= 1.0 .- view(found.of_node, :, 1)
    mul!(found.c, found.of_node', p.weight)
    response_estimate!(found.g, p, spectrum, found.slope, averages, means, map.series)
    return found
end

# Sums of all trajectories into `map.total`.
function sums!(map::MemoryMap, drive::MemoryDrive)
    p = map.plan
    work = length(p.node) * p.n_steps * p.n_lags
    each_block(eachindex(map.groups), work) do g
        space = @lock map.lock isempty(map.spaces) ? MemorySpace(p) : pop!(map.spaces)
        part = map.parts[g]
        fill!(part.all, 0.0)
        for pair in map.groups[g]
            add_pair!(part, space, p, map.numbers, drive, 2 * pair - 1)
        end
        @lock map.lock push!(map.spaces, space)
    end
    fill!(map.total.all, 0.0)
    foreach(part -> add!(map.total, part), map.parts)
    return nothing
end
