# What a sweep of the mean-field equations with memory is given: its discretisation and its random
# numbers. pyscales.theory.memory defines the sweep step by step; memory.jl has its trajectories,
# memory_averages.jl the averages around them, memory_map.jl the whole.

const MEMORY_LANES = 8

"""
    MemoryPlan

Discretisation and physics, as in Python: `count` trajectories of every node, of relative degree `u`,
the size-biased `weight`, period `n_steps`, lags `n_lags` of `dt`. `node` is that of every trajectory,
`omega` the frequencies of the bins.
"""
struct MemoryPlan
    u::Vector{Float64}
    weight::Vector{Float64}
    count::Vector{Int}
    gain::Float64
    symmetry::Float64
    dt::Float64
    n_steps::Int
    n_burn::Int
    n_lags::Int
    node::Vector{Int}
    omega::Vector{Float64}
    fourier::FourierPlan
end

function MemoryPlan(u, weight, count, gain, symmetry, dt, n_steps, n_burn, n_lags)
    node = reduce(vcat, [fill(j, count[j]) for j in eachindex(count)])
    omega = [2pi * f / (n_steps * dt) for f in 0:(n_steps ÷ 2)]
    fourier = FourierPlan(n_steps)
    return MemoryPlan(
        u, weight, count, gain, symmetry, dt, n_steps, n_burn, n_lags, node, omega, fourier
    )
end

bins(p::MemoryPlan) = p.n_steps ÷ 2 + 1
nodes(p::MemoryPlan) = length(p.u)
batches(p::MemoryPlan) = cld(length(p.node), MEMORY_LANES)
memory_total(p::MemoryPlan) = 16 * cld(p.n_burn + p.n_steps, 16)
coupling(p::MemoryPlan, j) = p.symmetry * p.gain^2 * p.u[j]
strength(p::MemoryPlan, j) = p.gain * sqrt(p.u[j])

trajectories_of(p::MemoryPlan, batch) =
    (MEMORY_LANES * (batch - 1) + 1):min(MEMORY_LANES * batch, length(p.node))

"""
    MemoryNumbers(plan)

Random numbers of a seed in batches of 8 trajectories side by side, the last one filled up with zeros:
`noise` and the `transform` of the probe (8, bins, batches), real and imaginary parts apart; `leaked`,
the probe through the leak (step 4), (8, steps, batches).
"""
struct MemoryNumbers
    noise::NTuple{2, Array{Float64, 3}}
    transform::NTuple{2, Array{Float64, 3}}
    leaked::Array{Float64, 3}
end

function MemoryNumbers(p::MemoryPlan)
    field() = zeros(MEMORY_LANES, bins(p), batches(p))
    leaked = zeros(MEMORY_LANES, p.n_steps, batches(p))
    return MemoryNumbers((field(), field()), (field(), field()), leaked)
end

"""
    put_numbers!(numbers, plan, noise, probe)

Take NumPy's arrays, whose memory is that of `noise` (n, bins) and `probe` (n, steps).
"""
function put_numbers!(
        out::MemoryNumbers, p::MemoryPlan, noise::Matrix{ComplexF64}, probe::Matrix{Float64}
    )
    each_block(even_blocks(cld(batches(p), 2), 16), 40 * length(probe)) do pairs
        range = (2 * first(pairs) - 1):min(2 * last(pairs), batches(p))
        # Whole rows of all batches of the range at a time.
        for f in 1:bins(p), batch in range, (lane, i) in enumerate(trajectories_of(p, batch))
            @inbounds out.noise[1][lane, f, batch] = real(noise[i, f])
            @inbounds out.noise[2][lane, f, batch] = imag(noise[i, f])
        end
        for t in 1:(p.n_steps), batch in range, (lane, i) in enumerate(trajectories_of(p, batch))
            @inbounds out.leaked[lane, t, batch] = probe[i, t]
        end
        leak_probes!(out, p, range)
    end
    return out
end

# Step 4, two batches in one transform as real and imaginary parts.
function leak_probes!(out, p, range)
    n, lanes = p.n_steps, MEMORY_LANES
    size, e = lanes * n, exp(-p.dt)
    leak = [(1 - e) * z / (1 - e * z) / n for z in cis.(-p.dt .* p.omega)]
    a, b, c, d = ntuple(_ -> zeros(size), Val(4))
    for batch in first(range):2:last(range)
        alone = batch == last(range)
        copyto!(a, 1, out.leaked, size * (batch - 1) + 1, size)
        alone ? fill!(b, 0.0) : copyto!(b, 1, out.leaked, size * batch + 1, size)
        re, im = fourier!(p.fourier, a, b, c, d, Val(MEMORY_LANES), -1)
        free = re === a ? (c, d) : (a, b)
        for f in 0:(n ÷ 2)
            edge = f == 0 || 2f == n
            mirror = edge ? f : n - f
            h = edge ? complex(real(leak[f + 1])) : leak[f + 1]
            hr, hi = real(h), imag(h)
            @inbounds @simd ivdep for lane in 1:lanes
                k, l = lanes * f + lane, lanes * mirror + lane
                xr, xi, yr, yi = re[k], im[k], re[l], im[l]
                out.transform[1][lane, f + 1, batch] = 0.5 * (xr + yr)
                out.transform[2][lane, f + 1, batch] = 0.5 * (xi - yi)
                re[l], im[l] = yr * hr + yi * hi, yi * hr - yr * hi
                re[k], im[k] = xr * hr - xi * hi, xi * hr + xr * hi
                if !alone
                    out.transform[1][lane, f + 1, batch + 1] = 0.5 * (xi + yi)
                    out.transform[2][lane, f + 1, batch + 1] = 0.5 * (yr - xr)
                end
            end
        end
        re, im = fourier!(p.fourier, re, im, free..., Val(MEMORY_LANES), 1)
        copyto!(out.leaked, size * (batch - 1) + 1, re, 1, size)
        alone || copyto!(out.leaked, size * batch + 1, im, 1, size)
    end
    return nothing
end
