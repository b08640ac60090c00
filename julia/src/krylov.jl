# Newton steps of implicit integrators by GMRES on the scaled system.

"""
    ScaledGmres(operator; rtol, max_products)

Solves (J - 1/gamma) z = b for `LinearSolveFunction`. With r_i = (gamma/tau_i)/(1 + gamma/tau_i) it
reads z - r W (phi' z) = -gamma b/(1 + gamma/tau), whose spectrum is bounded for every gamma, so that
few products with W suffice and nothing is factorised (the factors of a random graph are dense).
Newton's iteration corrects what a loose solve leaves: a tolerance of 0.5 costs the fewest products
in all. Basis vectors are kept between solves. Dot products run in a fixed order: results do not depend on
the number of threads.
"""
mutable struct ScaledGmres
    const rtol::Float64
    const max_products::Int
    const basis::Vector{Vector{Float64}}
    const hessenberg::Matrix{Float64}
    const rotations::Matrix{Float64}
    const right::Vector{Float64}
    const ratio::Vector{Float64}
    products::Int
end

function ScaledGmres(; rtol = 0.5, max_products = 40)
    return ScaledGmres(
        rtol,
        max_products,
        Vector{Float64}[],
        zeros(max_products + 1, max_products),
        zeros(2, max_products),
        zeros(max_products + 1),
        Float64[],
        0,
    )
end

function (s::ScaledGmres)(w, b, z, p, isfresh, left, right, cache; kwargs...)
    return solve_shifted!(z, s, w.J, w.gamma, b)
end

"""
    solve_shifted!(z, solver, jacobian, gamma, b)

z with (J - 1/gamma) z = b to a relative residual of `solver.rtol`.
"""
function solve_shifted!(z, s::ScaledGmres, j::JacobianOperator, gamma, b)
    m = j.trials
    rate = j.network.rate
    resize!(s.ratio, length(b))
    v, ratio = basis!(s, 1, length(b)), s.ratio
    each_block(j.network.blocks, VECTOR_WORK * length(b)) do rows
        scale_rows!(v, ratio, b, rate, gamma, m, rows)
    end
    size = sqrt(dot(v, v))
    if !(size > 0) || !isfinite(size)
        fill!(z, size)
        return z
    end
    v ./= size
    s.right[1] = size
    used = 0
    for k in 1:(s.max_products)
        s.products += 1
        new = basis!(s, k + 1, length(b))
        old = s.basis[k]
        weighted_product!(new, j, old)
        each_block(j.chunks, VECTOR_WORK * length(b)) do range
            @inbounds @simd ivdep for c in range
                new[c] = old[c] - ratio[c] * new[c]
            end
        end
        rest = extend!(s, k, new)
        used = k
        rest <= s.rtol * size && break
    end
    back_substitute!(s, used)
    fill!(z, 0.0)
    for k in 1:used
        axpy!(s.right[k], s.basis[k], z)
    end
    return z
end

# b scaled, and r of every entry: trials of a neuron lie side by side.
function scale_rows!(v, ratio, b, rate, gamma, m, rows)
    range = (m * (first(rows) - 1) + 1):(m * last(rows))
    @inbounds if isempty(rate)
        r, factor = gamma / (1 + gamma), -gamma / (1 + gamma)
        @simd ivdep for c in range
            ratio[c], v[c] = r, factor * b[c]
        end
    elseif m == 1
        @simd ivdep for c in range
            step = gamma * rate[c]
            ratio[c], v[c] = step / (1 + step), -gamma / (1 + step) * b[c]
        end
    else
        for row in rows
            step = gamma * rate[row]
            r, factor = step / (1 + step), -gamma / (1 + step)
            @simd ivdep for c in (m * (row - 1) + 1):(m * row)
                ratio[c], v[c] = r, factor * b[c]
            end
        end
    end
    return nothing
end

function basis!(s::ScaledGmres, k, size)
    while length(s.basis) < k
        push!(s.basis, zeros(size))
    end
    length(s.basis[k]) == size || (s.basis[k] = zeros(size))
    return s.basis[k]
end

# Arnoldi step and Givens rotation; returns the size of the residual.
function extend!(s::ScaledGmres, k, new)
    h = s.hessenberg
    for i in 1:k
        h[i, k] = dot(s.basis[i], new)
        axpy!(-h[i, k], s.basis[i], new)
    end
    norm = sqrt(dot(new, new))
    h[k + 1, k] = norm
    norm > 0 && (new ./= norm)
    for i in 1:(k - 1)
        c, d = s.rotations[1, i], s.rotations[2, i]
        h[i, k], h[i + 1, k] = c * h[i, k] + d * h[i + 1, k], c * h[i + 1, k] - d * h[i, k]
    end
    length_ = hypot(h[k, k], h[k + 1, k])
    c, d = length_ > 0 ? (h[k, k] / length_, h[k + 1, k] / length_) : (1.0, 0.0)
    s.rotations[1, k], s.rotations[2, k] = c, d
    h[k, k] = length_
    s.right[k + 1] = -d * s.right[k]
    s.right[k] *= c
    return abs(s.right[k + 1])
end

function back_substitute!(s::ScaledGmres, used)
    h, y = s.hessenberg, s.right
    for i in used:-1:1
        for k in (i + 1):used
            y[i] -= h[i, k] * y[k]
        end
        y[i] = h[i, i] == 0 ? 0.0 : y[i] / h[i, i]
    end
    return y
end
