# The network and its products: W y, the right-hand side, the Jacobian times a vector.
#
# States of m trials are vectors of length m n with the trials of a neuron side by side (NumPy's
# array of shape (n, m)), so that one pass over the nonzeros of W serves all trials with contiguous
# loads.

abstract type Network end

"""
    SparseNetwork(n, starts, columns, values, rate)

W in compressed rows as SciPy holds it: `columns` count from 0. `rate` is 1/tau_i, or empty when all
are one. `blocks` are ranges of rows with about equally many nonzeros.
"""
struct SparseNetwork <: Network
    n::Int
    starts::Vector{Int64}
    columns::Vector{Int32}
    values::Vector{Float64}
    rate::Vector{Float64}
    blocks::Vector{UnitRange{Int}}
end

function SparseNetwork(n, starts, columns, values, rate)
    count = Threads.nthreads() == 1 ? 1 : 8 * Threads.nthreads()
    return SparseNetwork(n, starts, columns, values, rate, balanced_rows(starts, n, count))
end

"""
    DenseNetwork(transposed, rate)

W as the memory of NumPy's rows, which is its transpose here.
"""
struct DenseNetwork <: Network
    n::Int
    transposed::Matrix{Float64}
    rate::Vector{Float64}
    blocks::Vector{UnitRange{Int}}
end

function DenseNetwork(transposed, rate)
    n = size(transposed, 1)
    return DenseNetwork(n, transposed, rate, even_blocks(n, Threads.nthreads()))
end

entries(w::SparseNetwork) = length(w.values)
entries(w::DenseNetwork) = length(w.transposed)

"""
    balanced_rows(starts, n, count)

Rows `1:n` in at most `count` consecutive ranges of about equally many nonzeros.
"""
function balanced_rows(starts, n, count)
    total = starts[n + 1]
    edges = [0]
    for i in 1:(count - 1)
        row = searchsortedfirst(starts, total * i / count) - 1
        row > edges[end] && row < n && push!(edges, row)
    end
    push!(edges, n)
    return [(edges[i] + 1):edges[i + 1] for i in 1:(length(edges) - 1)]
end

@inline function row_sum(::Type{L}, w::SparseNetwork, row::Int, y::Ptr{Float64}, m::Int) where {L}
    sum = spread(L, 0.0)
    @inbounds for k in (w.starts[row] + 1):w.starts[row + 1]
        from = y + 8 * m * Int(w.columns[k])
        sum = multiply_add(spread(L, w.values[k]), load(L, from), sum)
    end
    return sum
end

@inline function row_sum(w::SparseNetwork, row::Int, y::Ptr{Float64}, m::Int)
    a = b = c = d = 0.0
    first, last = w.starts[row] + 1, w.starts[row + 1]
    k = first
    @inbounds while k + 3 <= last
        a = muladd(w.values[k], unsafe_load(y, m * Int(w.columns[k]) + 1), a)
        b = muladd(w.values[k + 1], unsafe_load(y, m * Int(w.columns[k + 1]) + 1), b)
        c = muladd(w.values[k + 2], unsafe_load(y, m * Int(w.columns[k + 2]) + 1), c)
        d = muladd(w.values[k + 3], unsafe_load(y, m * Int(w.columns[k + 3]) + 1), d)
        k += 4
    end
    @inbounds while k <= last
        a = muladd(w.values[k], unsafe_load(y, m * Int(w.columns[k]) + 1), a)
        k += 1
    end
    return (a + b) + (c + d)
end

"""
    rows_product!(out, w, y, m, rows)

`out = W y` in the given rows, trials in groups of 8, 4, 2 and 1.
"""
function rows_product!(out::Vector{Float64}, w::SparseNetwork, y::Vector{Float64}, m, rows)
    GC.@preserve out y begin
        to, from = pointer(out), pointer(y)
        for row in rows
            offset, at = 0, to + 8 * m * (row - 1)
            while m - offset >= 8
                store(row_sum(Lanes{8}, w, row, from + 8 * offset, m), at + 8 * offset)
                offset += 8
            end
            if m - offset >= 4
                store(row_sum(Lanes{4}, w, row, from + 8 * offset, m), at + 8 * offset)
                offset += 4
            end
            if m - offset >= 2
                store(row_sum(Lanes{2}, w, row, from + 8 * offset, m), at + 8 * offset)
                offset += 2
            end
            if m - offset >= 1
                unsafe_store!(at + 8 * offset, row_sum(w, row, from + 8 * offset, m))
            end
        end
    end
    return out
end

function rows_product!(out::Vector{Float64}, w::DenseNetwork, y::Vector{Float64}, m, rows)
    n = w.n
    target = view(reshape(out, m, n), :, rows)
    mul!(target, reshape(y, m, n), view(w.transposed, :, rows))
    return out
end

"""
    product!(out, w, y, m)

`out = W y` for `m` trials.
"""
function product!(out, w::Network, y, m)
    each_block(rows -> rows_product!(out, w, y, m, rows), w.blocks, entries(w) * m)
    return out
end

@inline function leak!(out, w::Network, x, m, rows)
    range = (m * (first(rows) - 1) + 1):(m * last(rows))
    if isempty(w.rate)
        @inbounds @simd ivdep for i in range
            out[i] -= x[i]
        end
    else
        @inbounds for row in rows
            r = w.rate[row]
            for i in (m * (row - 1) + 1):(m * row)
                out[i] = (out[i] - x[i]) * r
            end
        end
    end
    return out
end

"""
    RightHandSide(network, trials)

Callable `f!(dx, x, p, t)` for dx/dt = (-x + W tanh(x))/tau; counts its calls in `evaluations`.
Costs `entries * trials` multiply-adds; allocates nothing with one thread.
"""
mutable struct RightHandSide{W <: Network}
    const network::W
    const trials::Int
    const phi::Vector{Float64}
    const chunks::Vector{UnitRange{Int}}
    evaluations::Int
end

function RightHandSide(network::Network, trials::Int)
    size = network.n * trials
    chunks = even_blocks(size, Threads.nthreads() == 1 ? 1 : 4 * Threads.nthreads())
    return RightHandSide(network, trials, zeros(size), chunks, 0)
end

function (f::RightHandSide)(dx, x, p, t)
    f.evaluations += 1
    w, m, phi = f.network, f.trials, f.phi
    each_block(range -> tanh!(phi, x, range), f.chunks, 10 * length(x))
    each_block(w.blocks, entries(w) * m) do rows
        rows_product!(dx, w, phi, m, rows)
        leak!(dx, w, x, m, rows)
    end
    return nothing
end
