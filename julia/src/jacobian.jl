# The Jacobian (-1 + W diag(phi'))/tau as an operator and as a sparse matrix.

"""
    JacobianOperator(rhs)

J at the last point given to `update_coefficients!`: phi'(x) per neuron and trial. Block-diagonal
over trials; products cost as much as the right-hand side.
"""
struct JacobianOperator{W <: Network} <: AbstractSciMLOperator{Float64}
    network::W
    trials::Int
    slope::Vector{Float64}
    scratch::Vector{Float64}
    chunks::Vector{UnitRange{Int}}
    products::Base.RefValue{Int}
end

function JacobianOperator(f::RightHandSide)
    size = f.network.n * f.trials
    return JacobianOperator(f.network, f.trials, ones(size), zeros(size), f.chunks, Ref(0))
end

Base.size(j::JacobianOperator) = (length(j.slope), length(j.slope))
Base.eltype(::JacobianOperator) = Float64
SciMLOperators.isconstant(::JacobianOperator) = false
SciMLOperators.islinear(::JacobianOperator) = true
SciMLOperators.isconvertible(::JacobianOperator) = false
SciMLOperators.has_mul!(::JacobianOperator) = true
SciMLOperators.getops(::JacobianOperator) = ()
SciMLOperators.iscached(::JacobianOperator) = true
SciMLOperators.cache_self(j::JacobianOperator, _...) = j
SciMLOperators.cache_internals(j::JacobianOperator, _...) = j
# The network is shared by copies; what depends on the point is not.
function Base.deepcopy_internal(j::JacobianOperator, ::IdDict)
    return JacobianOperator(
        j.network, j.trials, copy(j.slope), copy(j.scratch), j.chunks, Ref(0)
    )
end

# Operations per entry and pass over a vector: what makes threads worth their start.
const VECTOR_WORK = 4

slope!(slope, x) = slope!(slope, x, 1:length(x))
function slope!(slope, x, range)
    @inbounds @simd ivdep for i in range
        phi = vector_tanh(x[i])
        slope[i] = 1.0 - phi * phi
    end
    return slope
end

function SciMLOperators.update_coefficients!(j::JacobianOperator, x, p, t; kwargs...)
    each_block(range -> slope!(j.slope, x, range), j.chunks, 3 * VECTOR_WORK * length(x))
    return j
end

function LinearAlgebra.mul!(out::AbstractVector, j::JacobianOperator, v::AbstractVector)
    weighted_product!(out, j, v)
    leak!(out, j.network, v, j.trials, 1:(j.network.n))
    return out
end

function LinearAlgebra.mul!(
        out::AbstractVector, j::JacobianOperator, v::AbstractVector, a::Number, b::Number
    )
    fresh = similar(out)
    mul!(fresh, j, v)
    @. out = a * fresh + b * out
    return out
end

"""
    weighted_product!(out, j, v)

`out = W (phi' v)`.
"""
function weighted_product!(out, j::JacobianOperator, v)
    j.products[] += 1
    scratch, slope = j.scratch, j.slope
    each_block(j.chunks, VECTOR_WORK * length(scratch)) do range
        @inbounds @simd ivdep for i in range
            scratch[i] = slope[i] * v[i]
        end
    end
    return product!(out, j.network, scratch, j.trials)
end

"""
    jacobian_pattern(network, trials)

A sparse matrix with the pattern of J, trials as diagonal blocks (interleaved as in the state), and
ones as values.
"""
function jacobian_pattern(w::Network, m::Int)
    rows, columns = Int[], Int[]
    for (i, j) in pairs_of(w), t in 1:m
        push!(rows, m * (i - 1) + t)
        push!(columns, m * (j - 1) + t)
    end
    for i in 1:(m * w.n)
        push!(rows, i)
        push!(columns, i)
    end
    matrix = sparse(rows, columns, ones(length(rows)), m * w.n, m * w.n)
    fill!(matrix.nzval, 1.0)
    return matrix
end

pairs_of(w::DenseNetwork) = ((i, j) for i in 1:(w.n) for j in 1:(w.n))
function pairs_of(w::SparseNetwork)
    return (
        (i, Int(w.columns[k]) + 1) for i in 1:(w.n) for k in (w.starts[i] + 1):w.starts[i + 1]
    )
end

weight(w::DenseNetwork, i, j) = w.transposed[j, i]

"""
    jacobian!(matrix, f, x)

Fill a sparse matrix of `jacobian_pattern` with J at `x`.
"""
function jacobian!(matrix::SparseMatrixCSC, f::RightHandSide, x)
    w, m = f.network, f.trials
    fill!(matrix.nzval, 0.0)
    rate(i) = isempty(w.rate) ? 1.0 : w.rate[i]
    for i in 1:(m * w.n)
        matrix[i, i] = -rate((i - 1) ÷ m + 1)
    end
    for_entries(w) do i, j, value
        for t in 1:m
            column = m * (j - 1) + t
            slope = 1.0 - vector_tanh(x[column])^2
            matrix[m * (i - 1) + t, column] += rate(i) * value * slope
        end
    end
    return matrix
end

function for_entries(f::F, w::SparseNetwork) where {F}
    for i in 1:(w.n), k in (w.starts[i] + 1):w.starts[i + 1]
        f(i, Int(w.columns[k]) + 1, w.values[k])
    end
    return nothing
end

function for_entries(f::F, w::DenseNetwork) where {F}
    for i in 1:(w.n), j in 1:(w.n)
        f(i, j, w.transposed[j, i])
    end
    return nothing
end
