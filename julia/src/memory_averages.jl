# Averages around the trajectories of the effective process with memory: steps 1, 2 and 6 to 10 of
# pyscales.theory.memory, node by node.

const SLOPE_ITERATIONS = 60
const LARGEST_LOOP = 0.85
const HERMITE_ORDERS = 120
const SMOOTHING = 17
const LEAST_REST = 1.0e-9

# Hermite functions of odd order on the nodes of the half line, (nodes, orders), times root weights.
const HERMITE = let z = collect(HALF_LINE), root = sqrt.(HALF_LINE_WEIGHTS)
    table = zeros(length(z), HERMITE_ORDERS)
    before, now = copy(root), z .* root
    for j in 1:HERMITE_ORDERS
        n = 2j - 1
        table[:, j] .= now
        even = (z .* now .- sqrt(n) .* before) ./ sqrt(n + 1)
        now, before = (z .* even .- sqrt(n + 1) .* now) ./ sqrt(n + 2), even
    end
    table .* root
end

"""
    mean_square_tanh(variance)

<tanh(x)^2> for x ~ N(0, variance), by the trapezoid rule.
"""
function mean_square_tanh(variance)
    s = sqrt(variance)
    total = 0.0
    @inbounds @simd for i in eachindex(HALF_LINE_WEIGHTS)
        value = vector_tanh(s * (0.01 * (i - 1)))
        total += HALF_LINE_WEIGHTS[i] * value * value
    end
    return total
end

"""
    SeriesSpace(plan)

Room for transforms of one series of length N.
"""
const SeriesSpace = NTuple{4, Vector{Float64}}

series_space(p::MemoryPlan) = ntuple(_ -> zeros(p.n_steps), Val(4))

"""
    real_transform(plan, values, space), inverse_transform(plan, re, im, space)

DFT of a real series of length N (zeros beyond `values`), bins 0 .. N/2 first, and its inverse (with
the factor 1/N). The results lie in `space`, until its next use.
"""
function real_transform(p::MemoryPlan, values, space::SeriesSpace)
    re, im = space[1], space[2]
    fill!(re, 0.0)
    fill!(im, 0.0)
    copyto!(re, values)
    return fourier!(p.fourier, re, im, space[3], space[4], Val(1), -1)
end

function inverse_transform(p::MemoryPlan, re, im, space::SeriesSpace)
    n = p.n_steps
    a, b = space[1], space[2]
    for f in 0:(bins(p) - 1)
        edge = f == 0 || 2f == n
        imaginary = edge || im === nothing ? 0.0 : im[f + 1] / n
        a[f + 1], b[f + 1] = re[f + 1] / n, imaginary
        edge && continue
        a[n - f + 1], b[n - f + 1] = re[f + 1] / n, -imaginary
    end
    return fourier!(p.fourier, a, b, space[3], space[4], Val(1), 1)[1]
end

inverse_transform(p::MemoryPlan, re, space::SeriesSpace) = inverse_transform(p, re, nothing, space)

"""
    noise_spectrum(plan, c, space)

Step 1: power of the noise in every bin, from C at lags 0 .. L.
"""
function noise_spectrum(p::MemoryPlan, c, space)
    periodic = zeros(p.n_steps)
    copyto!(periodic, c)
    for l in 1:(p.n_lags)
        periodic[p.n_steps - l + 1] = c[l + 1]
    end
    power, _ = real_transform(p, periodic, space)
    return [max(power[f], 0.0) for f in 1:bins(p)]
end

"""
    memory_kernel(plan, g)

Step 2: h K_l, l = 1 .. L, from G in its cells.
"""
function memory_kernel(p::MemoryPlan, g)
    e = exp(-p.dt)
    kernel = zeros(length(g))
    before = 0.0
    for l in eachindex(g)
        before = kernel[l] = e * before + p.dt * (1 - e) * g[l]
    end
    return kernel
end

"""
    NodeAverages(plan)

One node: the exact power of tanh(xlin) and the exact mean of philin_f conj(noise_f) of its linear
copy (step 6); then the power of phi, the mean of phi_f conj(noise_f) and its variance (step 7). Per
bin, complex numbers as real and imaginary parts.
"""
struct NodeAverages
    copy_power::Vector{Float64}
    copy_re::Vector{Float64}
    copy_im::Vector{Float64}
    power::Vector{Float64}
    re::Vector{Float64}
    im::Vector{Float64}
    variance::Vector{Float64}
    bare::Vector{Float64}
    signal::Vector{Float64}
    space::SeriesSpace
end

function NodeAverages(p::MemoryPlan)
    m() = zeros(bins(p))
    signal = zeros(length(HALF_LINE_WEIGHTS))
    return NodeAverages(m(), m(), m(), m(), m(), m(), m(), m(), signal, series_space(p))
end

"""
    linear_copy!(averages, plan, spectrum, through, leak, j)

Step 6 for node `j`; returns kappa.
"""
function linear_copy!(node::NodeAverages, p::MemoryPlan, spectrum, (re, im), leak, j)
    n, m = p.n_steps, bins(p)
    c, bare, rho = coupling(p, j), node.bare, node.power
    for f in 1:m
        bare[f] = p.gain^2 * p.u[j] * spectrum[f] / (1 + p.omega[f]^2)
    end
    loop = c * re[1]
    largest = loop > 0 ? LARGEST_LOOP / loop : Inf
    slope = 0.5
    for _ in 1:SLOPE_ITERATIONS
        wanted = min(1.0 - mean_square_tanh(mean_power(bare, re, im, c * slope) / n), largest)
        slope = 0.5 * (slope + wanted)
    end
    k = c * slope
    @inbounds @simd for f in 1:m
        bare[f] /= (1 - k * re[f])^2 + (k * im[f])^2
    end
    x_x = inverse_transform(p, bare, node.space)
    variance = x_x[1]
    factor = variance > 0 ? 1 / variance : 1.0
    @inbounds @simd for t in 1:m
        rho[t] = x_x[t] * factor
    end
    mehler!(bare, rho, node.signal, variance)
    even = zeros(n)
    copyto!(even, bare)
    for t in 1:(n - m)
        even[n - t + 1] = bare[t + 1]
    end
    power, _ = real_transform(p, even, node.space)
    scale = (1.0 - mean_square_tanh(variance)) * strength(p, j)
    for f in 1:m
        node.copy_power[f] = n * power[f]
        z = scale * complex(leak[1][f], leak[2][f]) / complex(1 - k * re[f], -k * im[f])
        node.copy_re[f], node.copy_im[f] = real(z), imag(z)
    end
    return slope
end

# Sum over all N bins of the spectrum at kappa.
function mean_power(bare, re, im, k)
    m = length(bare)
    total = 0.0
    @inbounds @simd for f in 1:m
        total += bare[f] / ((1 - k * re[f])^2 + (k * im[f])^2)
    end
    edge(f) = bare[f] / ((1 - k * re[f])^2 + (k * im[f])^2)
    return 2 * total - edge(1) - edge(m)
end

# <tanh x tanh y> at correlations rho: Mehler's series in the Hermite coefficients of tanh, the missing
# part of <tanh^2> added to the last one; by Horner for all lags at once.
function mehler!(out, rho, signal, variance)
    s = sqrt(variance)
    @inbounds @simd for i in eachindex(signal)
        signal[i] = vector_tanh(s * (0.01 * (i - 1)))
    end
    squares = [dot(view(HERMITE, :, j), signal)^2 for j in 1:HERMITE_ORDERS]
    squares[end] += mean_square_tanh(variance) - sum(squares)
    fill!(out, 0.0)
    for i in HERMITE_ORDERS:-1:1
        a = squares[i]
        @inbounds @simd for t in eachindex(out, rho)
            out[t] = muladd(out[t], rho[t] * rho[t], a)
        end
    end
    out .*= rho
    return out
end

"""
    control!(averages, means, count)

Step 7 for one node from its means (bins, 11).
"""
function control!(node::NodeAverages, means, count)
    b = count / (count - 1.0)
    sum_shared = sum_rest = sum_power = 0.0
    m = length(node.power)
    @inbounds for f in 1:m
        r_re, r_im, s_re, s_im = means[f, 4], means[f, 5], means[f, 6], means[f, 7]
        sum_shared += b * (means[f, 3] - (r_re * s_re + r_im * s_im))
        sum_rest += b * (means[f, 2] - (s_re^2 + s_im^2))
        sum_power += means[f, 2]
    end
    beta = sum_shared / max(sum_rest, LEAST_REST * sum_power + 1.0e-300)
    @inbounds for f in 1:m
        r_re, r_im, s_re, s_im = means[f, 4], means[f, 5], means[f, 6], means[f, 7]
        rest = b * (means[f, 1] - (r_re^2 + r_im^2))
        rest_copy = b * (means[f, 2] - (s_re^2 + s_im^2))
        shared = b * (means[f, 3] - (r_re * s_re + r_im * s_im))
        e_re, e_im = node.copy_re[f], node.copy_im[f]
        re, im = r_re - beta * (s_re - e_re), r_im - beta * (s_im - e_im)
        variance = (rest - 2 * beta * shared + beta^2 * rest_copy) / count
        exact_rest = node.copy_power[f] - (e_re^2 + e_im^2)
        node.re[f], node.im[f], node.variance[f] = re, im, max(variance, 0.0)
        node.power[f] =
            re^2 + im^2 - variance + rest - beta^2 * (rest_copy - exact_rest)
    end
    return nothing
end

"""
    response_estimate!(g, plan, spectrum, slopes, averages, means, space)

Steps 8 to 10: G' in its cells from <phi'> and `NodeAverages` of every node and the means (bins, 11,
nodes).
"""
function response_estimate!(g, p::MemoryPlan, spectrum, slopes, averages, means, space)
    h, n, l, m, w = p.dt, p.n_steps, p.n_lags, bins(p), p.weight
    e = exp(-h)
    probe_re, probe_im, noise_re, noise_im, of_noise, of_probe = (zeros(m) for _ in 1:6)
    for j in 1:nodes(p)
        node, scale = averages[j], strength(p, j)
        @inbounds for f in 1:m
            re, im = means[f, 8, j], means[f, 9, j]
            probe_re[f] += w[j] * re
            probe_im[f] += w[j] * im
            noise_re[f] += w[j] / scale * node.re[f]
            noise_im[f] += w[j] / scale * node.im[f]
            of_noise[f] += (w[j] / scale)^2 * node.variance[f]
            of_probe[f] += w[j]^2 / p.count[j] / n^2 * (means[f, 10, j] - re^2 - im^2)
        end
    end
    probed = inverse_transform(p, probe_re, probe_im, space)
    first = dot(w, slopes) * (1 - e) / h
    for i in 1:l
        g[i] = first * exp(-h * (i - 1)) + probed[i + 1] / (n * h)
    end
    top = maximum(spectrum)
    (top == 0 || p.gain == 0) && return g
    of_noise ./= n .* max.(spectrum, 1.0e-12 * top)
    of_noise, of_probe = smooth(of_noise), smooth(of_probe)
    known_re, known_im = real_transform(p, g, space)
    for f in 1:m
        half = cis(-0.5 * h * p.omega[f])
        by_noise = complex(noise_re[f], noise_im[f]) / sqrt(n * max(spectrum[f], 1.0e-12 * top))
        blend = of_probe[f] / (of_probe[f] + of_noise[f] + 1.0e-300)
        known = h * half * complex(known_re[f], known_im[f])
        change = blend * (by_noise * sinc(p.omega[f] * h / 2pi) - known) / half
        noise_re[f], noise_im[f] = real(change), imag(change)
    end
    change = inverse_transform(p, noise_re, noise_im, space)
    for i in 1:l
        g[i] += change[i] / h
    end
    return g
end

function smooth(values)
    half, m = SMOOTHING ÷ 2, length(values)
    window = [0.5 - 0.5 * cospi(2 * k / (SMOOTHING + 1)) for k in 1:SMOOTHING]
    window ./= sum(window)
    inside(i) = i < 1 ? 2 - i : i > m ? 2m - i : i
    return [sum(window[k + half + 1] * values[inside(i + k)] for k in (-half):half) for i in 1:m]
end
