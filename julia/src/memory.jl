# The effective process with memory: trajectories of one sweep of the mean-field equations at symmetry
# != 0 (steps 3 to 6 of pyscales.theory.memory), and their sums.

const MEMORY_STEPS = 8

"""
    MemoryDrive(plan, spectrum, kernel, kernel_transform, slope)

What C and G put into a sweep: `leak` = sqrt(N S)/(1 + i omega) and the transform of the kernel, per
bin, real and imaginary parts apart; `kernel` = h K_l, l = 1 .. L; kappa of every node.
"""
struct MemoryDrive
    leak::NTuple{2, Vector{Float64}}
    kernel::Vector{Float64}
    kernel_transform::NTuple{2, Vector{Float64}}
    slope::Vector{Float64}
end

"""
    MemorySums(bins, nodes)

Sums over the trajectories of `nodes`, (bins, nodes): |phi_f|^2, |philin_f|^2, Re phi_f
conj(philin_f), phi_f conj(noise_f), philin_f conj(noise_f), q_f (real parts, then imaginary ones),
|q_f|^2, |x_f|^2.
"""
struct MemorySums
    nodes::UnitRange{Int}
    all::Array{Float64, 3} # (bins, 11, nodes)
end

MemorySums(bins::Int, nodes::UnitRange{Int}) = MemorySums(nodes, zeros(bins, 11, length(nodes)))

function add!(total::MemorySums, part::MemorySums)
    @views total.all[:, :, part.nodes .- (first(total.nodes) - 1)] .+= part.all
    return total
end

# Room for one batch, arrays (lanes, time or frequency) as vectors.
struct MemorySlot
    field::Vector{Float64} # then phi
    linear::Vector{Float64} # then tanh of it
    rest::Vector{Float64} # psi - phi' y0
    past::Vector{Float64} # c phi
    past_response::Vector{Float64} # c psi
    sums::Vector{Float64}
end

function MemorySlot(p::MemoryPlan)
    n, rows = MEMORY_LANES * p.n_steps, p.n_lags + memory_total(p)
    past() = zeros(MEMORY_LANES * rows)
    sums = zeros(2 * MEMORY_STEPS * MEMORY_LANES)
    return MemorySlot(zeros(n), zeros(n), zeros(n), past(), past(), sums)
end

# Room for two batches, which run together: while one waits for its tanh, the other goes on.
struct MemorySpace
    slots::NTuple{2, MemorySlot}
    work::NTuple{2, Vector{Float64}}
    kernel::Vector{Float64}
end

function MemorySpace(p::MemoryPlan)
    n = MEMORY_LANES * p.n_steps
    kernel = zeros(p.n_lags + MEMORY_STEPS)
    return MemorySpace((MemorySlot(p), MemorySlot(p)), (zeros(n), zeros(n)), kernel)
end

"""
    add_pair!(part, space, plan, numbers, drive, first, keep_x)

Add the sums of the batches `first` and `first + 1` (if there is one).
"""
function add_pair!(part, s::MemorySpace, p::MemoryPlan, r::MemoryNumbers, d, first)
    pair = first < batches(p) ? (first, first + 1) : (first,)
    copyto!(s.kernel, d.kernel)
    for (slot, batch) in zip(s.slots, pair)
        draw_fields!(slot, s.work, p, r, d, batch)
    end
    if length(pair) == 2
        trajectories!(s.slots, s.kernel, p, r, pair)
    else
        trajectories!((s.slots[1],), s.kernel, p, r, pair)
        fill!(s.slots[2].linear, 0.0)
    end
    for slot in s.slots
        tanh!(slot.linear, slot.linear, 1:length(slot.linear))
    end
    a, b = s.slots[1].linear, s.slots[2].linear
    copies = fourier!(p.fourier, a, b, s.work..., Val(MEMORY_LANES), -1)
    free = copies[1] === a ? s.work : (a, b)
    for (k, batch) in enumerate(pair)
        slot = s.slots[k]
        own = fourier!(p.fourier, slot.field, slot.rest, free..., Val(MEMORY_LANES), -1)
        accumulate!(part, p, r, d, batch, own, copies, k == 1)
    end
    return nothing
end

# Steps 3 and 6: the noise through the leak, and the linear copies, two real series in one transform.
function draw_fields!(slot::MemorySlot, work, p::MemoryPlan, r::MemoryNumbers, d, batch)
    lanes, n = MEMORY_LANES, p.n_steps
    own = (slot.field, slot.linear)
    # The number of passes decides where the result ends: in the slot.
    re, im = isodd(length(p.fourier.factors)) ? work : own
    other = re === own[1] ? work : own
    which = trajectories_of(p, batch)
    node(lane) = p.node[which[min(lane, length(which))]]
    scale = ntuple(lane -> strength(p, node(lane)) / n, Val(MEMORY_LANES))
    loop = ntuple(lane -> coupling(p, node(lane)) * d.slope[node(lane)], Val(MEMORY_LANES))
    for f in 0:(bins(p) - 1)
        edge = f == 0 || 2f == n
        field_of_bin!(re, im, r.noise, d, scale, loop, f, n - f, batch, edge)
    end
    fourier!(p.fourier, re, im, other..., Val(MEMORY_LANES), 1)
    return nothing
end

@inline function field_of_bin!(re, im, noise, d, scale, loop, f, mirror, batch, edge)
    lanes = MEMORY_LANES
    @inbounds begin
        leak_re, leak_im = d.leak[1][f + 1], d.leak[2][f + 1]
        through_re, through_im = d.kernel_transform[1][f + 1], d.kernel_transform[2][f + 1]
        @simd ivdep for lane in 1:lanes
            a, b = noise[1][lane, f + 1, batch], noise[2][lane, f + 1, batch]
            x = (a * leak_re - b * leak_im) * scale[lane]
            y = (a * leak_im + b * leak_re) * scale[lane]
            # (x + iy)/(1 - loop Khat)
            c, e = 1.0 - loop[lane] * through_re, -loop[lane] * through_im
            size = 1.0 / (c * c + e * e)
            u, v = (x * c + y * e) * size, (y * c - x * e) * size
            k = lanes * f + lane
            re[k] = edge ? x : x - v
            im[k] = edge ? u : y + u
            if !edge
                k = lanes * mirror + lane
                re[k] = x + v
                im[k] = u - y
            end
        end
    end
    return nothing
end

# Step 5 in blocks of 8 steps: sums over the past before the block for all of them at once, then the
# rest one by one, K batches in turn.
function trajectories!(
        slots::NTuple{K, MemorySlot}, kernel, p::MemoryPlan, r, pair::NTuple{K, Int}
    ) where {K}
    lanes, n, lags = MEMORY_LANES, p.n_steps, p.n_lags
    total = memory_total(p)
    offset = total - n
    c = map(pair) do batch
        which = trajectories_of(p, batch)
        ntuple(Val(MEMORY_LANES)) do lane
            VecElement(coupling(p, p.node[which[min(lane, length(which))]]))
        end
    end
    leaked = map(batch -> pointer(r.leaked, lanes * n * (batch - 1) + 1), pair)
    for slot in slots
        fill!(view(slot.past, 1:(lanes * lags)), 0.0)
        fill!(view(slot.past_response, 1:(lanes * lags)), 0.0)
    end
    GC.@preserve slots kernel r begin
        for start in 0:MEMORY_STEPS:(total - 1)
            for k in 1:K
                far_past!(slots[k], kernel, start, lags)
            end
            for i in 0:(MEMORY_STEPS - 1), k in 1:K
                near_past!(slots[k], kernel, c[k], leaked[k], start, i, lags, offset, n)
            end
        end
    end
    return nothing
end

# Sums over the past of the steps start .. start + 7, into (8 lanes, 8 steps, 2).
@generated function far_past!(slot::MemorySlot, kernel, start, lags)
    x, y = [Symbol(:x, i) for i in 1:MEMORY_STEPS], [Symbol(:y, i) for i in 1:MEMORY_STEPS]
    zeros = [:($v = spread(L, 0.0)) for v in (x..., y...)]
    steps = Expr[]
    for i in 1:MEMORY_STEPS
        push!(steps, :(k = spread(L, unsafe_load(kernel_at, d + $(i - 1)))))
        push!(steps, :($(x[i]) = multiply_add(k, a, $(x[i]))))
        push!(steps, :($(y[i]) = multiply_add(k, b, $(y[i]))))
    end
    stores = [:(store($v, to + 64 * $(i - 1))) for (i, v) in enumerate((x..., y...))]
    return quote
        L = Lanes{MEMORY_LANES}
        past, past_response = pointer(slot.past), pointer(slot.past_response)
        kernel_at, to = pointer(kernel), pointer(slot.sums)
        base = lags + start
        $(zeros...)
        for r in start:(base - 1)
            d = base - r
            a, b = load(L, past + 64r), load(L, past_response + 64r)
            $(steps...)
        end
        $(stores...)
        return nothing
    end
end

# Step `start + i`: what the block itself adds, and the state.
@inline function near_past!(slot::MemorySlot, kernel, c, leaked, start, i, lags, offset, n)
    L = Lanes{MEMORY_LANES}
    past, past_response = pointer(slot.past), pointer(slot.past_response)
    kernel_at, sums = pointer(kernel), pointer(slot.sums)
    base = lags + start
    step = start + i - offset
    t = step >= 0 ? step : mod(step, n)
    direct = load(L, leaked + 64t)
    x = plus(load(L, sums + 64i), load(L, pointer(slot.field) + 64t))
    y = plus(load(L, sums + 64 * (MEMORY_STEPS + i)), direct)
    for r in base:(base + i - 1)
        k = spread(L, unsafe_load(kernel_at, base + i - r))
        x = multiply_add(k, load(L, past + 64r), x)
        y = multiply_add(k, load(L, past_response + 64r), y)
    end
    value = vector_tanh(x)
    slope = multiply_add(negative(value), value, spread(L, 1.0))
    store(times(c, value), past + 64 * (base + i))
    store(times(c, times(slope, y)), past_response + 64 * (base + i))
    if step >= 0
        store(value, pointer(slot.field) + 64step)
        store(times(slope, minus(y, direct)), pointer(slot.rest) + 64step)
    end
    return nothing
end

# Two real series were transformed together: (phi, rest) of this batch, (philin, philin) of both.
function accumulate!(part::MemorySums, p::MemoryPlan, r, d, batch, own, copies, is_first)
    n, which = p.n_steps, trajectories_of(p, batch)
    stop = length(which)
    lane = 1
    while lane <= stop
        j = p.node[which[lane]]
        last = lane
        while last < stop && p.node[which[last + 1]] == j
            last += 1
        end
        at = j - first(part.nodes) + 1
        physics = (strength(p, j), coupling(p, j))
        for f in 0:(bins(p) - 1)
            mirror = f == 0 ? 0 : n - f
            # Whole batches of one node, the common case, run over a fixed number of lanes.
            if lane == 1 && last == MEMORY_LANES
                add_bin!(
                    part.all, at, r, d, physics, batch, f, mirror, own, copies, is_first,
                    Val(1), Val(MEMORY_LANES),
                )
            else
                add_bin!(
                    part.all, at, r, d, physics, batch, f, mirror, own, copies, is_first,
                    lane, last,
                )
            end
        end
        lane = last + 1
    end
    return nothing
end

@inline lane_range(::Val{A}, ::Val{B}) where {A, B} = A:B
@inline lane_range(a::Int, b::Int) = a:b

@inline function add_bin!(
        sums, at, r, d, physics, batch, f, mirror, own, copies, is_first, a, b
    )
    power = power_linear = cross = 0.0
    noise_re = noise_im = copy_re = copy_im = 0.0
    probe_re = probe_im = probe_square = power_x = 0.0
    scale, c = physics
    here, there = MEMORY_LANES * f, MEMORY_LANES * mirror
    @inbounds begin
        leak_re, leak_im = d.leak[1][f + 1], d.leak[2][f + 1]
        through_re, through_im = d.kernel_transform[1][f + 1], d.kernel_transform[2][f + 1]
        @simd for lane in lane_range(a, b)
            ar, ai = own[1][here + lane], own[2][here + lane]
            br, bi = own[1][there + lane], own[2][there + lane]
            pr, pi_, qr, qi = 0.5 * (ar + br), 0.5 * (ai - bi), 0.5 * (ai + bi), 0.5 * (br - ar)
            ar, ai = copies[1][here + lane], copies[2][here + lane]
            br, bi = copies[1][there + lane], copies[2][there + lane]
            lr = 0.5 * ifelse(is_first, ar + br, ai + bi)
            li = 0.5 * ifelse(is_first, ai - bi, br - ar)
            er, ei = r.noise[1][lane, f + 1, batch], r.noise[2][lane, f + 1, batch]
            tr, ti = r.transform[1][lane, f + 1, batch], r.transform[2][lane, f + 1, batch]
            qr, qi = qr * tr + qi * ti, qi * tr - qr * ti
            power += pr * pr + pi_ * pi_
            power_linear += lr * lr + li * li
            cross += pr * lr + pi_ * li
            noise_re += pr * er + pi_ * ei
            noise_im += pi_ * er - pr * ei
            copy_re += lr * er + li * ei
            copy_im += li * er - lr * ei
            probe_re += qr
            probe_im += qi
            probe_square += qr * qr + qi * qi
            xr = (er * leak_re - ei * leak_im) * scale + c * (pr * through_re - pi_ * through_im)
            xi = (er * leak_im + ei * leak_re) * scale + c * (pr * through_im + pi_ * through_re)
            power_x += xr * xr + xi * xi
        end
        k = f + 1
        sums[k, 1, at] += power
        sums[k, 2, at] += power_linear
        sums[k, 3, at] += cross
        sums[k, 4, at] += noise_re
        sums[k, 5, at] += noise_im
        sums[k, 6, at] += copy_re
        sums[k, 7, at] += copy_im
        sums[k, 8, at] += probe_re
        sums[k, 9, at] += probe_im
        sums[k, 10, at] += probe_square
        sums[k, 11, at] += power_x
    end
    return nothing
end
