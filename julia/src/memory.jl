# Trajectories of the effective process with memory: the heavy part of one sweep of the mean-field
# equations at symmetry != 0. The averages around it are taken in Python; pyscales.theory.memory defines
# the sweep step by step, and this follows it.

const MEMORY_LANES = 8
const MEMORY_GROUPS = 16

"""
    MemoryProblem

One sweep. `node` gives the node of every trajectory (from 1, ascending); per node `scale` = g sqrt(u),
`coefficient` = gamma g^2 u and `slope` = kappa; per Fourier bin `leak` = sqrt(N S)/(1 + i omega) and
`kernel_transform`; `kernel` = h K_l, l = 1 .. L. The random numbers lie in batches of 8 trajectories,
the last one filled up with zeros: `noise` and `transform` (8, bins, batches), `leaked` (8, steps,
batches).
"""
struct MemoryProblem
    n_steps::Int
    n_burn::Int
    node::Vector{Int}
    scale::Vector{Float64}
    coefficient::Vector{Float64}
    slope::Vector{Float64}
    leak::Vector{ComplexF64}
    kernel::Vector{Float64}
    kernel_transform::Vector{ComplexF64}
    noise::Array{ComplexF64, 3}
    leaked::Array{Float64, 3}
    transform::Array{ComplexF64, 3}
    fourier::FourierPlan
    keep_x::Bool
end

"""
    MemorySums(nodes, bins)

Sums over the trajectories of each node, (nodes, bins): |phi_f|^2, |philin_f|^2, Re phi_f
conj(philin_f), phi_f conj(noise_f), philin_f conj(noise_f), q_f, |q_f|^2, |x_f|^2.
"""
struct MemorySums
    power::Matrix{Float64}
    power_linear::Matrix{Float64}
    cross::Matrix{Float64}
    noise::Matrix{ComplexF64}
    noise_linear::Matrix{ComplexF64}
    probe::Matrix{ComplexF64}
    probe_square::Matrix{Float64}
    power_x::Matrix{Float64}
end

function MemorySums(nodes::Int, bins::Int)
    real() = zeros(nodes, bins)
    complex() = zeros(ComplexF64, nodes, bins)
    return MemorySums(real(), real(), real(), complex(), complex(), complex(), real(), real())
end

function add!(total::MemorySums, part::MemorySums)
    for name in fieldnames(MemorySums)
        getfield(total, name) .+= getfield(part, name)
    end
    return total
end

"""
    memory_sums!(total, problem)

Add the sums of all trajectories to `total`. Trajectories run in lanes of 8 and in groups fixed by
their number, so that the result does not depend on the number of threads.
"""
function memory_sums!(total::MemorySums, problem::MemoryProblem)
    n = length(problem.node)
    groups = even_blocks(cld(n, MEMORY_LANES), MEMORY_GROUPS)
    parts = Vector{MemorySums}(undef, length(groups))
    work = n * problem.n_steps * length(problem.kernel)
    each_block(eachindex(groups), work) do g
        part = MemorySums(size(total.power)...)
        space = MemorySpace(problem)
        for batch in groups[g]
            add_batch!(part, space, problem, batch)
        end
        parts[g] = part
    end
    foreach(part -> add!(total, part), parts)
    return total
end

# Room for one batch; arrays (lanes, time or frequency) as vectors.
struct MemorySpace
    re::Vector{Float64}
    im::Vector{Float64}
    work_re::Vector{Float64}
    work_im::Vector{Float64}
    field::Vector{Float64}
    linear::Vector{Float64}
    phi::Vector{Float64}
    psi::Vector{Float64}
    phi_f::Vector{ComplexF64}
    q::Vector{ComplexF64}
    past::Vector{Float64} # c phi
    past_response::Vector{Float64} # c psi
    kernel::Vector{Float64}
    sums::Vector{Float64}
    state::Vector{Float64}
    drive::Matrix{ComplexF64} # (bins, nodes): noise to field
    through::Matrix{ComplexF64} # field to linear copy
end

function MemorySpace(problem::MemoryProblem)
    n, bins = MEMORY_LANES * problem.n_steps, length(problem.leak)
    lags = length(problem.kernel)
    rows = lags + memory_total(problem)
    real() = zeros(n)
    return MemorySpace(
        real(),
        real(),
        real(),
        real(),
        real(),
        real(),
        real(),
        real(),
        zeros(ComplexF64, MEMORY_LANES * bins),
        zeros(ComplexF64, MEMORY_LANES * bins),
        zeros(MEMORY_LANES * rows),
        zeros(MEMORY_LANES * rows),
        vcat(problem.kernel, zeros(4)),
        zeros(8 * MEMORY_LANES),
        zeros(MEMORY_LANES),
        problem.leak .* permutedims(problem.scale),
        1 ./ (1 .- problem.kernel_transform .* permutedims(problem.coefficient .* problem.slope)),
    )
end

memory_total(p::MemoryProblem) = 16 * cld(p.n_burn + p.n_steps, 16)

nodes_of(p::MemoryProblem, batch) =
    view(p.node, (MEMORY_LANES * (batch - 1) + 1):min(MEMORY_LANES * batch, length(p.node)))

function add_batch!(part::MemorySums, s::MemorySpace, p::MemoryProblem, batch)
    draw_fields!(s, p, batch)
    trajectories!(s, p, batch)
    transform_trajectories!(s, p, batch)
    # Linear copies: tanh, and their transform.
    fill!(s.im, 0.0)
    tanh!(s.re, s.linear, 1:length(s.re))
    re, im = fourier!(p.fourier, s.re, s.im, s.work_re, s.work_im, Val(MEMORY_LANES), -1)
    accumulate!(part, s, p, batch, re, im)
    return nothing
end

# Steps 3 and 6: the noise through the leak, and the linear copies, two real series in one transform.
function draw_fields!(s::MemorySpace, p::MemoryProblem, batch)
    lanes, n = MEMORY_LANES, p.n_steps
    bins = n ÷ 2 + 1
    fill!(s.re, 0.0)
    fill!(s.im, 0.0)
    @inbounds for f in 0:(bins - 1), (lane, j) in enumerate(nodes_of(p, batch))
        field = p.noise[lane, f + 1, batch] * s.drive[f + 1, j]
        copy = field * s.through[f + 1, j]
        k = lanes * f + lane
        if f == 0 || 2f == n
            s.re[k], s.im[k] = real(field), real(copy)
        else
            s.re[k], s.im[k] = real(field) - imag(copy), imag(field) + real(copy)
            k = lanes * (n - f) + lane
            s.re[k], s.im[k] = real(field) + imag(copy), real(copy) - imag(field)
        end
    end
    re, im = fourier!(p.fourier, s.re, s.im, s.work_re, s.work_im, Val(lanes), 1)
    s.field .= re ./ n
    s.linear .= im ./ n
    return nothing
end

# Step 5 in blocks of 4 steps: sums over the past before the block for all of them at once, then the
# rest one by one. Lanes go by halves, so that the sums stay in registers.
function trajectories!(s::MemorySpace, p::MemoryProblem, batch)
    lanes, n, lags = MEMORY_LANES, p.n_steps, length(p.kernel)
    total = memory_total(p)
    offset = total - n
    nodes = nodes_of(p, batch)
    c = ntuple(Val(MEMORY_LANES)) do lane
        VecElement(p.coefficient[nodes[min(lane, length(nodes))]])
    end
    leaked = pointer(p.leaked, lanes * n * (batch - 1) + 1)
    fill!(s.past, 0.0)
    fill!(s.past_response, 0.0)
    GC.@preserve s p begin
        for start in 0:4:(total - 1)
            far_past!(s.sums, s.past, s.past_response, s.kernel, start, lags, 0)
            far_past!(s.sums, s.past, s.past_response, s.kernel, start, lags, 4)
            near_past!(s, c, leaked, start, lags, offset, n, lanes)
        end
    end
    return nothing
end

# Sums over the past of the steps start .. start + 3 for four lanes, into (8, 4, 2).
@inline function far_past!(sums, past, past_response, kernel, start, lags, lane)
    L = Lanes{4}
    base = lags + start
    x1 = x2 = x3 = x4 = y1 = y2 = y3 = y4 = spread(L, 0.0)
    a_at, b_at, k_at = pointer(past) + 8lane, pointer(past_response) + 8lane, pointer(kernel)
    for r in start:(base - 1)
        d = base - r
        a, b = load(L, a_at + 64r), load(L, b_at + 64r)
        k1 = spread(L, unsafe_load(k_at, d))
        k2 = spread(L, unsafe_load(k_at, d + 1))
        k3 = spread(L, unsafe_load(k_at, d + 2))
        k4 = spread(L, unsafe_load(k_at, d + 3))
        x1 = multiply_add(k1, a, x1)
        x2 = multiply_add(k2, a, x2)
        x3 = multiply_add(k3, a, x3)
        x4 = multiply_add(k4, a, x4)
        y1 = multiply_add(k1, b, y1)
        y2 = multiply_add(k2, b, y2)
        y3 = multiply_add(k3, b, y3)
        y4 = multiply_add(k4, b, y4)
    end
    to = pointer(sums) + 8lane
    for (i, v) in enumerate((x1, x2, x3, x4, y1, y2, y3, y4))
        store(v, to + 64 * (i - 1))
    end
    return nothing
end

@inline function near_past!(s, c, leaked, start, lags, offset, n, lanes)
    L = Lanes{MEMORY_LANES}
    base = lags + start
    past, past_response, kernel = pointer(s.past), pointer(s.past_response), pointer(s.kernel)
    field, sums = pointer(s.field), pointer(s.sums)
    phi, psi = pointer(s.phi), pointer(s.psi)
    at = pointer(s.state)
    for i in 0:3
        x, y = load(L, sums + 64i), load(L, sums + 64 * (4 + i))
        for r in base:(base + i - 1)
            k = spread(L, unsafe_load(kernel, base + i - r))
            x = multiply_add(k, load(L, past + 64r), x)
            y = multiply_add(k, load(L, past_response + 64r), y)
        end
        step = start + i - offset
        t = step >= 0 ? step : mod(step, n)
        x = plus(x, load(L, field + 64t))
        y = plus(y, load(L, leaked + 64t))
        store(x, at)
        tanh!(s.state, s.state, 1:lanes)
        value = load(L, at)
        response = multiply_add(times(negative(value), value), y, y)
        store(times(c, value), past + 64 * (base + i))
        store(times(c, response), past_response + 64 * (base + i))
        if step >= 0
            store(value, phi + 64step)
            store(response, psi + 64step)
        end
    end
    return nothing
end

@inline function plus(a::Lanes{N}, b::Lanes{N}) where {N}
    return ntuple(i -> VecElement(a[i].value + b[i].value), Val(N))
end
@inline function times(a::Lanes{N}, b::Lanes{N}) where {N}
    return ntuple(i -> VecElement(a[i].value * b[i].value), Val(N))
end
@inline negative(a::Lanes{N}) where {N} = ntuple(i -> VecElement(-a[i].value), Val(N))

# phi_f and the transform of psi - phi' y0, two real series in one transform.
function transform_trajectories!(s::MemorySpace, p::MemoryProblem, batch)
    lanes, n = MEMORY_LANES, p.n_steps
    bins = n ÷ 2 + 1
    at, leaked = lanes * n * (batch - 1), p.leaked
    @inbounds @simd ivdep for k in eachindex(s.re)
        s.re[k] = s.phi[k]
        s.im[k] = s.psi[k] - (1.0 - s.phi[k]^2) * leaked[at + k]
    end
    re, im = fourier!(p.fourier, s.re, s.im, s.work_re, s.work_im, Val(lanes), -1)
    @inbounds for f in 0:(bins - 1)
        here, there = lanes * f, lanes * (f == 0 ? 0 : n - f)
        for lane in 1:lanes
            ar, ai, br, bi = re[here + lane], im[here + lane], re[there + lane], im[there + lane]
            s.phi_f[here + lane] = complex(0.5 * (ar + br), 0.5 * (ai - bi))
            s.q[here + lane] = complex(0.5 * (ai + bi), 0.5 * (br - ar))
        end
    end
    return nothing
end

function accumulate!(part::MemorySums, s::MemorySpace, p::MemoryProblem, batch, re, im)
    lanes = MEMORY_LANES
    bins = p.n_steps ÷ 2 + 1
    @inbounds for f in 1:bins, (lane, j) in enumerate(nodes_of(p, batch))
        k = lanes * (f - 1) + lane
        phi, linear = s.phi_f[k], complex(re[k], im[k])
        noise = p.noise[lane, f, batch]
        q = s.q[k] * conj(p.transform[lane, f, batch])
        part.power[j, f] += abs2(phi)
        part.power_linear[j, f] += abs2(linear)
        part.cross[j, f] += real(phi) * real(linear) + imag(phi) * imag(linear)
        part.noise[j, f] += phi * conj(noise)
        part.noise_linear[j, f] += linear * conj(noise)
        part.probe[j, f] += q
        part.probe_square[j, f] += abs2(q)
        if p.keep_x
            x = noise * p.scale[j] * p.leak[f] + p.coefficient[j] * p.kernel_transform[f] * phi
            part.power_x[j, f] += abs2(x)
        end
    end
    return nothing
end
