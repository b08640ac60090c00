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
    real_transform(plan, values), inverse_transform(plan, re, im)

DFT of a real series of length N, bins 0 .. N/2, and its inverse (with the factor 1/N).
"""
function real_transform(p::MemoryPlan, values::Vector{Float64})
    work() = zeros(p.n_steps)
    re = work()
    re[eachindex(values)] .= values
    re, im = fourier!(p.fourier, re, work(), work(), work(), Val(1), -1)
    return re[1:bins(p)], im[1:bins(p)]
end

function inverse_transform(p::MemoryPlan, re, im)
    n = p.n_steps
    work() = zeros(n)
    a, b = work(), work()
    for f in 0:(bins(p) - 1)
        a[f + 1] = re[f + 1]
        (f == 0 || 2f == n) && continue
        b[f + 1] = im[f + 1]
        a[n - f + 1], b[n - f + 1] = re[f + 1], -im[f + 1]
    end
    found, _ = fourier!(p.fourier, a, b, work(), work(), Val(1), 1)
    return found ./ n
end

inverse_transform(p::MemoryPlan, re) = inverse_transform(p, re, zeros(length(re)))

"""
    noise_spectrum(plan, c)

Step 1: power of the noise in every bin, from C at lags 0 .. L.
"""
function noise_spectrum(p::MemoryPlan, c)
    periodic = zeros(p.n_steps)
    periodic[eachindex(c)] .= c
    for l in 1:(p.n_lags)
        periodic[p.n_steps - l + 1] = c[l + 1]
    end
    return max.(real_transform(p, periodic)[1], 0.0)
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
    LinearCopy

Step 6 for one node: kappa, the exact power of tanh(xlin) and the exact mean of philin_f
conj(noise_f), per bin.
"""
struct LinearCopy
    slope::Float64
    power::Vector{Float64}
    coherent_re::Vector{Float64}
    coherent_im::Vector{Float64}
end

function LinearCopy(p::MemoryPlan, spectrum, through, leak, j)
    n, m = p.n_steps, bins(p)
    c = coupling(p, j)
    bare = [p.gain^2 * p.u[j] * spectrum[f] / (1 + p.omega[f]^2) for f in 1:m]
    re = through[1]
    square = abs2.(complex.(through...))
    loop = c * re[1]
    largest = loop > 0 ? LARGEST_LOOP / loop : Inf
    slope = 0.5
    for _ in 1:SLOPE_ITERATIONS
        wanted = min(1.0 - mean_square_tanh(mean_power(bare, re, square, c * slope) / n), largest)
        slope = 0.5 * (slope + wanted)
    end
    k = c * slope
    power = @. bare / (1 - 2 * k * re + k^2 * square)
    x_x = inverse_transform(p, power)[1:m]
    variance = x_x[1]
    squares, rest = tanh_squares(variance)
    squares[end] += rest
    # Mehler: <tanh x tanh y> at correlation rho, by Horner for all lags at once.
    rho = x_x ./ (variance > 0 ? variance : 1.0)
    exact = zeros(m)
    rho2 = rho .^ 2
    for i in HERMITE_ORDERS:-1:1
        a = squares[i]
        @inbounds @simd for t in 1:m
            exact[t] = muladd(exact[t], rho2[t], a)
        end
    end
    exact .*= rho
    even = vcat(exact, exact[(m - 1):-1:2])
    of_tanh = n .* real_transform(p, even)[1]
    scale = (1.0 - mean_square_tanh(variance)) * strength(p, j)
    coherent = @. scale * complex(leak[1], leak[2]) / (1 - k * complex(through[1], through[2]))
    return LinearCopy(slope, of_tanh, real.(coherent), imag.(coherent))
end

function mean_power(bare, re, square, k)
    m = length(bare)
    total = 0.0
    @inbounds @simd for f in 1:m
        total += bare[f] / (1 - 2 * k * re[f] + k^2 * square[f])
    end
    edge(f) = bare[f] / (1 - 2 * k * re[f] + k^2 * square[f])
    return 2 * total - edge(1) - edge(m)
end

# Squares of the Hermite coefficients of tanh(sqrt(variance) z), and what is missing of <tanh^2>.
function tanh_squares(variance)
    s = sqrt(variance)
    signal = zeros(length(HALF_LINE_WEIGHTS))
    @inbounds @simd for i in eachindex(signal)
        signal[i] = vector_tanh(s * (0.01 * (i - 1)))
    end
    squares = [dot(view(HERMITE, :, j), signal)^2 for j in 1:HERMITE_ORDERS]
    return squares, mean_square_tanh(variance) - sum(squares)
end

"""
    Controlled

Step 7 for one node: power of phi, mean of phi_f conj(noise_f) and its variance, per bin.
"""
struct Controlled
    power::Vector{Float64}
    coherent_re::Vector{Float64}
    coherent_im::Vector{Float64}
    variance::Vector{Float64}
end

function Controlled(copy::LinearCopy, means, count)
    b = count / (count - 1.0)
    power, power_linear, cross = means[:, 1], means[:, 2], means[:, 3]
    r, r_copy = complex.(means[:, 4], means[:, 5]), complex.(means[:, 6], means[:, 7])
    rest = @. b * (power - abs2(r))
    rest_copy = @. b * (power_linear - abs2(r_copy))
    shared = @. b * (cross - real(r * conj(r_copy)))
    beta = sum(shared) / max(sum(rest_copy), LEAST_REST * sum(power_linear) + 1.0e-300)
    exact = complex.(copy.coherent_re, copy.coherent_im)
    coherent = @. r - beta * (r_copy - exact)
    variance = @. (rest - 2 * beta * shared + beta^2 * rest_copy) / count
    exact_rest = @. copy.power - abs2(exact)
    found = @. abs2(coherent) - variance + rest - beta^2 * (rest_copy - exact_rest)
    return Controlled(found, real.(coherent), imag.(coherent), max.(variance, 0.0))
end

"""
    response_estimate(plan, spectrum, slopes, controlled, means)

Steps 8 to 10: G' in its cells from <phi'> of every node, `Controlled` of every node and the means
(bins, 11, nodes).
"""
function response_estimate(p::MemoryPlan, spectrum, slopes, controlled, means)
    h, n, l = p.dt, p.n_steps, p.n_lags
    e, w, all = exp(-h), p.weight, 1:nodes(p)
    weighted(k) = sum(w[j] .* means[:, k, j] for j in all)
    probed = inverse_transform(p, weighted(8), weighted(9))[2:(l + 1)] ./ (n * h)
    first = dot(w, slopes) * (1 - e) / h
    by_probe = [first * exp(-h * (i - 1)) + probed[i] for i in 1:l]
    top = maximum(spectrum)
    (top == 0 || p.gain == 0) && return by_probe
    drive = n .* max.(spectrum, 1.0e-12 * top)
    scale = [strength(p, j) for j in all]
    coherent(part) = sum(w[j] / scale[j] .* getfield(controlled[j], part) for j in all)
    by_noise = complex.(coherent(:coherent_re), coherent(:coherent_im)) ./ sqrt.(drive)
    of_noise = sum((w[j] / scale[j])^2 .* controlled[j].variance for j in all) ./ drive
    scatter(j) = means[:, 10, j] .- abs2.(complex.(means[:, 8, j], means[:, 9, j]))
    of_probe = sum(w[j]^2 / p.count[j] .* scatter(j) for j in all) ./ n^2
    of_noise, of_probe = smooth(of_noise), smooth(of_probe)
    half = cis.(-0.5 * h .* p.omega)
    known = h .* half .* complex.(real_transform(p, by_probe)...)
    window = [sinc(f * h / 2pi) for f in p.omega]
    blend = @. of_probe / (of_probe + of_noise + 1.0e-300)
    change = @. blend * (by_noise * window - known) / half
    return by_probe .+ inverse_transform(p, real.(change), imag.(change))[1:l] ./ h
end

function smooth(values)
    half, m = SMOOTHING ÷ 2, length(values)
    window = [0.5 - 0.5 * cospi(2 * k / (SMOOTHING + 1)) for k in 1:SMOOTHING]
    window ./= sum(window)
    inside(i) = i < 1 ? 2 - i : i > m ? 2m - i : i
    return [sum(window[k + half + 1] * values[inside(i + k)] for k in (-half):half) for i in 1:m]
end
