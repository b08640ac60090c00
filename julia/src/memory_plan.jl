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
    e = exp(-p.dt)
    leak = [(1 - e) * z / (1 - e * z) / p.n_steps for z in cis.(-p.dt .* p.omega)]
    each_block(even_blocks(batches(p), 16), 40 * length(probe)) do range
        space = ntuple(_ -> zeros(MEMORY_LANES * p.n_steps), Val(4))
        for batch in range
            put_batch!(out, p, noise, probe, leak, batch, space)
        end
    end
    return out
end

function put_batch!(out, p, noise, probe, leak, batch, (re, im, work_re, work_im))
    lanes, n = MEMORY_LANES, p.n_steps
    which = trajectories_of(p, batch)
    fill!(re, 0.0)
    fill!(im, 0.0)
    for f in 1:bins(p), (lane, i) in enumerate(which)
        out.noise[1][lane, f, batch] = real(noise[i, f])
        out.noise[2][lane, f, batch] = imag(noise[i, f])
    end
    for t in 1:n, (lane, i) in enumerate(which)
        re[lanes * (t - 1) + lane] = probe[i, t]
    end
    fr, fi = fourier!(p.fourier, re, im, work_re, work_im, Val(MEMORY_LANES), -1)
    br, bi = fr === re ? (work_re, work_im) : (re, im)
    for f in 0:(bins(p) - 1), lane in 1:lanes
        k = lanes * f + lane
        out.transform[1][lane, f + 1, batch] = fr[k]
        out.transform[2][lane, f + 1, batch] = fi[k]
        z = complex(fr[k], fi[k]) * leak[f + 1]
        edge = f == 0 || 2f == n
        br[k], bi[k] = real(z), edge ? 0.0 : imag(z)
        edge && continue
        k = lanes * (n - f) + lane
        br[k], bi[k] = real(z), -imag(z)
    end
    found, _ = fourier!(p.fourier, br, bi, fr, fi, Val(MEMORY_LANES), 1)
    copyto!(out.leaked, lanes * n * (batch - 1) + 1, found, 1, lanes * n)
    return nothing
end
