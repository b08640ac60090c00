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
Bytes of the sums of one panel of rows: a third to a half of a first-level cache.
"""
const PANEL_BYTES = 16_384

"""
Columns of a tile: two numbers of 16 bits say where an entry is.
"""
const TILE_COLUMNS = 65_536

"""
    Tile(first_row, first_column, entries)

A range of the entries of its block of rows, sorted by column, rows ascending within.
"""
struct Tile
    first_row::Int
    first_column::Int
    entries::UnitRange{Int}
end

"""
    TiledRows(tiles, places, values)

A block of rows: `places` hold 2^16 column + row, counted from the first row and column of the tile.
"""
struct TiledRows{T}
    tiles::Vector{Tile}
    places::Vector{UInt32}
    values::Vector{T}
end

"""
    tiled_rows(w, rows, height)

The entries of a block of rows by panels of `height` rows. Products add the entries of a row by
ascending column: the same numbers for any blocks, so for any number of threads. Costs as much time as
twenty products of one trial, or fifty of eight.
"""
function tiled_rows(w, rows, height)
    T = eltype(w.values)
    count = w.starts[last(rows) + 1] - w.starts[first(rows)]
    block = TiledRows{T}(Tile[], Vector{UInt32}(undef, count), Vector{T}(undef, count))
    at = zeros(Int32, w.n + 1)
    for row in first(rows):height:last(rows)
        panel!(block, w, row:min(row + height - 1, last(rows)), w.starts[first(rows)], at)
    end
    return block
end

# Appends the tiles of one panel: a counting sort by column, for which `at` is room; the entries before
# the block are `before`.
function panel!(block, w, rows, before, at)
    columns, starts = w.columns, w.starts
    fill!(at, 0)
    @inbounds for k in (starts[first(rows)] + 1):starts[last(rows) + 1]
        at[columns[k] + 2] += Int32(1)
    end
    total = Int32(starts[first(rows)] - before)
    @inbounds for c in eachindex(at)
        total += at[c]
        at[c] = total
    end
    for c in 0:TILE_COLUMNS:(w.n - 1)
        part = (at[c + 1] + 1):at[min(c + TILE_COLUMNS, w.n) + 1]
        isempty(part) || push!(block.tiles, Tile(first(rows), c, part))
    end
    places, values = block.places, block.values
    @inbounds for row in rows, k in (starts[row] + 1):starts[row + 1]
        c = columns[k] + 1
        i = at[c] += Int32(1)
        places[i] = (UInt32((c - 1) % TILE_COLUMNS) << 16) | UInt32(row - first(rows))
        values[i] = w.values[k]
    end
    return nothing
end

"""
    tiled(network, trials, products)

The network in the form in which so many products of `trials` vectors are fastest; with tiles it takes
twice the memory.
"""
function tiled(w, trials::Int, products)
    few = products < MANY_PRODUCTS || trials * w.n * sizeof(precision(w)) < LARGE_STATES
    return few ? w : with_tiles(w, trials)
end

function with_tiles(w, trials::Int)
    T = precision(w)
    height = clamp(PANEL_BYTES ÷ (trials * sizeof(T)), 64, 65_536)
    blocks = Vector{TiledRows{T}}(undef, length(w.blocks))
    each_block(eachindex(w.blocks), 10 * entries(w)) do b
        blocks[b] = tiled_rows(w, w.blocks[b], height)
    end
    return SparseNetwork(w.n, w.starts, w.columns, w.values, w.rate, w.blocks, blocks)
end

function tiled_product!(out::Vector{T}, w, y::Vector{T}, m, rows) where {T}
    block = w.tiled[searchsortedfirst(w.blocks, rows; by = first)]
    fill!(view(out, (m * (first(rows) - 1) + 1):(m * last(rows))), zero(T))
    # A distance between neurons that is known when this is compiled saves a multiplication an entry.
    m == 8 && return add_tiles!(Val(8), out, block, y, Val(8), 0)
    m == 1 && return add_tiles!(Val(1), out, block, y, Val(1), 0)
    offset = 0
    while m - offset >= 8
        add_tiles!(Val(8), out, block, y, m, offset)
        offset += 8
    end
    if m - offset >= 4
        add_tiles!(Val(4), out, block, y, m, offset)
        offset += 4
    end
    if m - offset >= 2
        add_tiles!(Val(2), out, block, y, m, offset)
        offset += 2
    end
    m - offset >= 1 && add_tiles!(Val(1), out, block, y, m, offset)
    return out
end

stride_of(m::Int, ::Type{T}) where {T} = m * sizeof(T)
stride_of(::Val{M}, ::Type{T}) where {M, T} = M * sizeof(T)

# N of the m trials, from `offset` on.
function add_tiles!(
        ::Val{N}, out::Vector{T}, block::TiledRows{T}, y::Vector{T}, m, offset
    ) where {N, T}
    stride = stride_of(m, T)
    GC.@preserve out y block for tile in block.tiles
        to = pointer(out) + stride * (tile.first_row - 1) + sizeof(T) * offset
        from = pointer(y) + stride * tile.first_column + sizeof(T) * offset
        place, value = pointer(block.places), pointer(block.values)
        for k in tile.entries
            both = unsafe_load(place, k)
            at = to + stride * Int(both & 0xffff)
            add_entry!(Val(N), at, unsafe_load(value, k), from + stride * Int(both >> 16))
        end
    end
    return out
end

@inline function add_entry!(::Val{1}, at::Ptr{T}, value::T, from::Ptr{T}) where {T}
    return unsafe_store!(at, muladd(value, unsafe_load(from), unsafe_load(at)))
end

@inline function add_entry!(::Val{N}, at::Ptr{T}, value::T, from::Ptr{T}) where {N, T}
    L = LanesOf{N, T}
    return store(multiply_add(spread(L, value), load(L, from), load(L, at)), at)
end
