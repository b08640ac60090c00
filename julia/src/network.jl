# The network and its products: W y, the right-hand side, the Jacobian times a vector.
#
# States of m trials are vectors of length m n with the trials of a neuron side by side (NumPy's
# array of shape (n, m)), so that one pass over the nonzeros of W serves all trials with contiguous
# loads.

abstract type Network end

"""
    SparseNetwork(n, starts, columns, values, rate)

W in compressed rows as SciPy holds it: `columns` count from 0, `values` are Float64 or Float32.
`rate` is 1/tau_i, or empty when all are one. `blocks` are ranges of rows with about equally many
nonzeros. `tiled` holds the entries of each block once more, sorted for large states, or nothing.
"""
struct SparseNetwork{T} <: Network
    n::Int
    starts::Vector{Int64}
    columns::Vector{Int32}
    values::Vector{T}
    rate::Vector{Float64}
    blocks::Vector{UnitRange{Int}}
    tiled::Vector{TiledRows{T}}
end

function SparseNetwork(n, starts, columns, values::Vector{T}, rate) where {T}
    count = Threads.nthreads() == 1 ? 1 : 8 * Threads.nthreads()
    blocks = balanced_rows(starts, n, count)
    return SparseNetwork(n, starts, columns, values, rate, blocks, TiledRows{T}[])
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

tiled(w::DenseNetwork, trials::Int, products) = w

entries(w::SparseNetwork) = length(w.values)
entries(w::DenseNetwork) = length(w.transposed)
precision(::SparseNetwork{T}) where {T} = T
precision(::DenseNetwork) = Float64

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

"""
    Row(values, columns, size)

Addresses of the couplings of one row: loads from them need not look up an array each time.
"""
struct Row{T}
    values::Ptr{T}
    columns::Ptr{Int32}
    size::Int
end

@inline value(row::Row, k) = unsafe_load(row.values, k)
@inline column(row::Row, k) = Int(unsafe_load(row.columns, k)) # from 0

# Several partial sums side by side, so that no multiply-add waits for the last one.

@inline function row_sum(::Val{N}, row::Row{T}, y::Ptr{T}, m::Int) where {N, T}
    term(k) = (
        spread(LanesOf{N, T}, value(row, k)), load(LanesOf{N, T}, y + sizeof(T) * m * column(row, k))
    )
    a = b = spread(LanesOf{N, T}, zero(T))
    k = 1
    while k < row.size
        a = multiply_add(term(k)..., a)
        b = multiply_add(term(k + 1)..., b)
        k += 2
    end
    if k == row.size
        a = multiply_add(term(k)..., a)
    end
    return multiply_add(spread(LanesOf{N, T}, one(T)), b, a)
end

@inline function row_sum(row::Row{T}, y::Ptr{T}, m::Int) where {T}
    plus(k, sum) = muladd(value(row, k), unsafe_load(y, m * column(row, k) + 1), sum)
    a = b = c = d = e = f = g = h = zero(T)
    k = 1
    while k + 7 <= row.size
        a, b, c, d = plus(k, a), plus(k + 1, b), plus(k + 2, c), plus(k + 3, d)
        e, f, g, h = plus(k + 4, e), plus(k + 5, f), plus(k + 6, g), plus(k + 7, h)
        k += 8
    end
    while k <= row.size
        a = plus(k, a)
        k += 1
    end
    return ((a + b) + (c + d)) + ((e + f) + (g + h))
end

"""
    rows_product!(out, w, y, m, rows)

`out = W y` in the given rows, trials in groups of 8, 4, 2 and 1. `y` has the type of W's values,
`out` any.
"""
function rows_product!(
        out::Vector{S}, w::SparseNetwork{T}, y::Vector{T}, m, rows
    ) where {S, T}
    values, columns, starts = w.values, w.columns, w.starts
    S === T && !isempty(w.tiled) && return tiled_product!(out, w, y, m, rows)
    m == 1 && return rows_product!(out, w, y, rows)
    GC.@preserve out y values columns begin
        to, from = pointer(out), pointer(y)
        @inbounds for i in rows
            size, at = starts[i + 1] - starts[i], to + sizeof(S) * m * (i - 1)
            row = Row(pointer(values, starts[i] + 1), pointer(columns, starts[i] + 1), size)
            offset = 0
            while m - offset >= 8
                v = row_sum(Val(8), row, from + sizeof(T) * offset, m)
                store(v, at + sizeof(S) * offset)
                offset += 8
            end
            if m - offset >= 4
                v = row_sum(Val(4), row, from + sizeof(T) * offset, m)
                store(v, at + sizeof(S) * offset)
                offset += 4
            end
            if m - offset >= 2
                v = row_sum(Val(2), row, from + sizeof(T) * offset, m)
                store(v, at + sizeof(S) * offset)
                offset += 2
            end
            if m - offset >= 1
                v = row_sum(row, from + sizeof(T) * offset, m)
                unsafe_store!(at + sizeof(S) * offset, S(v))
            end
        end
    end
    return out
end

function rows_product!(out::Vector{S}, w::SparseNetwork{T}, y::Vector{T}, rows) where {S, T}
    values, columns, starts = w.values, w.columns, w.starts
    GC.@preserve out y values columns begin
        to, from, value, column = pointer(out), pointer(y), pointer(values), pointer(columns)
        @inbounds for i in rows
            a = starts[i]
            row = Row(value + sizeof(T) * a, column + 4 * a, starts[i + 1] - a)
            unsafe_store!(to, S(row_sum(row, from, 1)), i)
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
    elseif m == 1
        rate = w.rate
        @inbounds @simd ivdep for i in range
            out[i] = (out[i] - x[i]) * rate[i]
        end
    elseif m == 8
        leak_rows!(out, w.rate, x, Val(8), rows)
    else
        leak_rows!(out, w.rate, x, m, rows)
    end
    return out
end

trials_range(m::Int, row) = (m * (row - 1) + 1):(m * row)
trials_range(::Val{M}, row) where {M} = (M * (row - 1) + 1):(M * row)

function leak_rows!(out, rate, x, m, rows)
    @inbounds for row in rows
        r = rate[row]
        @simd ivdep for i in trials_range(m, row)
            out[i] = (out[i] - x[i]) * r
        end
    end
    return out
end

"""
    RightHandSide(network, trials)

Callable `f!(dx, x, p, t)` for dx/dt = (-x + W tanh(x))/tau; counts its calls in `evaluations`.
Costs `entries * trials` multiply-adds; allocates nothing with one thread.
"""
mutable struct RightHandSide{W <: Network, T}
    const network::W
    const trials::Int
    const phi::Vector{T}
    const chunks::Vector{UnitRange{Int}}
    evaluations::Int
end

function RightHandSide(network::Network, trials::Int)
    size = network.n * trials
    chunks = even_blocks(size, Threads.nthreads() == 1 ? 1 : 4 * Threads.nthreads())
    return RightHandSide(network, trials, zeros(precision(network), size), chunks, 0)
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
