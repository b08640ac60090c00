# Products for states that outgrow the fast caches: panels of rows, entries sorted by column.
#
# A row reads its neurons' states at random places, which the nearest cache holds only for small
# networks. Here a panel of rows goes through the columns in order: states are read one after the other,
# and the sums at random places, of one panel, stay in the nearest cache.

"""
Bytes of the states above which `tiled` is worth its preparation.
"""
const LARGE_STATES = 350_000

"""
Products from which on it is.
"""
const MANY_PRODUCTS = 200

"""
Bytes of the sums of one panel of rows: half of a first-level cache.
"""
const PANEL_BYTES = 16_384

"""
Columns of a tile: two numbers of 16 bits say where an entry is.
"""
const TILE_COLUMNS = 65_536

"""
    Tile(first_row, first_column, places, values)

Entries sorted by column, rows ascending within: `places` hold 2^16 column + row, counted from the tile's first
row and column.
"""
struct Tile{T}
    first_row::Int
    first_column::Int
    places::Vector{UInt32}
    values::Vector{T}
end

"""
    TiledNetwork(network, trials)

A `SparseNetwork` with the tiles of each of its blocks of rows. Products add the entries of a row by
ascending column: the same numbers for any blocks, so for any number of threads. It costs as much
memory as W, and as much time as some ten products.
"""
struct TiledNetwork{T} <: Network
    n::Int
    rate::Vector{Float64}
    blocks::Vector{UnitRange{Int}}
    tiles::Vector{Vector{Tile{T}}}
    entries::Int
end

function TiledNetwork(w::SparseNetwork{T}, trials::Int) where {T}
    height = clamp(PANEL_BYTES ÷ (trials * sizeof(T)), 64, 65_536)
    tiles = Vector{Vector{Tile{T}}}(undef, length(w.blocks))
    each_block(eachindex(w.blocks), 10 * entries(w)) do b
        rows = w.blocks[b]
        tiles[b] = Tile{T}[]
        counts = zeros(Int32, w.n + 1)
        for a in first(rows):height:last(rows)
            panel!(tiles[b], w, a:min(a + height - 1, last(rows)), counts)
        end
    end
    return TiledNetwork(w.n, w.rate, w.blocks, tiles, entries(w))
end

entries(w::TiledNetwork) = w.entries
precision(::TiledNetwork{T}) where {T} = T

# Appends the tiles of one panel: a counting sort by column, for which `counts` is room.
function panel!(tiles, w::SparseNetwork{T}, rows, counts) where {T}
    from, to = w.starts[first(rows)] + 1, w.starts[last(rows) + 1]
    fill!(counts, 0)
    @inbounds for k in from:to
        counts[w.columns[k] + 2] += 1
    end
    cumsum!(counts, counts)
    edges = [counts[c + 1] for c in 0:TILE_COLUMNS:(w.n - 1)]
    push!(edges, to - from + 1)
    places = Vector{UInt32}(undef, to - from + 1)
    values = Vector{T}(undef, to - from + 1)
    @inbounds for row in rows, k in (w.starts[row] + 1):w.starts[row + 1]
        column = w.columns[k]
        at = counts[column + 1] += 1
        places[at] = (UInt32(column % TILE_COLUMNS) << 16) | UInt32(row - first(rows))
        values[at] = w.values[k]
    end
    for i in 1:(length(edges) - 1)
        part = (edges[i] + 1):edges[i + 1]
        isempty(part) && continue
        push!(tiles, Tile{T}(first(rows), (i - 1) * TILE_COLUMNS, places[part], values[part]))
    end
    return tiles
end

"""
    tiled(network, trials, products)

The network in the form in which so many products of `trials` vectors are fastest.
"""
function tiled(w::SparseNetwork{T}, trials::Int, products) where {T}
    few = products < MANY_PRODUCTS || trials * w.n * sizeof(T) < LARGE_STATES
    return few ? w : TiledNetwork(w, trials)
end
tiled(w::DenseNetwork, trials::Int, products) = w

function rows_product!(out::Vector{T}, w::TiledNetwork{T}, y::Vector{T}, m, rows) where {T}
    block = searchsortedfirst(w.blocks, rows; by = first)
    fill!(view(out, trials_range(m, first(rows))[1]:trials_range(m, last(rows))[end]), zero(T))
    for tile in w.tiles[block]
        offset = 0
        while m - offset >= 8
            add_tile!(Val(8), out, tile, y, m, offset)
            offset += 8
        end
        if m - offset >= 4
            add_tile!(Val(4), out, tile, y, m, offset)
            offset += 4
        end
        if m - offset >= 2
            add_tile!(Val(2), out, tile, y, m, offset)
            offset += 2
        end
        m - offset >= 1 && add_tile!(Val(1), out, tile, y, m, offset)
    end
    return out
end

# N of the m trials, from `offset` on.
function add_tile!(::Val{N}, out::Vector{T}, tile::Tile{T}, y::Vector{T}, m, offset) where {N, T}
    places, values = tile.places, tile.values
    stride = sizeof(T) * m
    GC.@preserve out y places values begin
        to = pointer(out) + stride * (tile.first_row - 1) + sizeof(T) * offset
        from = pointer(y) + stride * tile.first_column + sizeof(T) * offset
        place, value = pointer(places), pointer(values)
        for k in 1:length(values)
            where_ = unsafe_load(place, k)
            at = to + stride * Int(where_ & 0xffff)
            add_entry!(Val(N), at, unsafe_load(value, k), from + stride * Int(where_ >> 16))
        end
    end
    return nothing
end

@inline function add_entry!(::Val{1}, at::Ptr{T}, value::T, from::Ptr{T}) where {T}
    return unsafe_store!(at, muladd(value, unsafe_load(from), unsafe_load(at)))
end

@inline function add_entry!(::Val{N}, at::Ptr{T}, value::T, from::Ptr{T}) where {N, T}
    L = LanesOf{N, T}
    return store(multiply_add(spread(L, value), load(L, from), load(L, at)), at)
end
