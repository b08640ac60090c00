# Statistics of a trajectory accumulated sample by sample, the same as in the embedded engine.

"""
    LaggedProducts(columns, lags)

Sums of x(t) x(t - lag) for `lag` in `0:lags-1` from consecutive blocks of `lags` samples: every pair
of samples counts once. Costs `lags` multiply-adds per sample and column.
"""
mutable struct LaggedProducts
    const lags::Int
    const columns::Int
    const history::Matrix{Float64} # (2 lags, columns): previous block, current block
    const sums::Matrix{Float64} # (lags, columns)
    const counts::Vector{Float64}
    has_previous::Bool
    filled::Int
end

function LaggedProducts(columns::Int, lags::Int)
    return LaggedProducts(
        lags, columns, zeros(2 * lags, columns), zeros(lags, columns), zeros(lags), false, 0
    )
end

function add!(products::LaggedProducts, value::F) where {F}
    products.filled += 1
    row = products.lags + products.filled
    @inbounds for c in 1:(products.columns)
        products.history[row, c] = value(c)
    end
    products.filled == products.lags && flush!(products)
    return nothing
end

function flush!(products::LaggedProducts)
    b, lags, past = products.filled, products.lags, products.has_previous
    blocks = even_blocks(products.columns, 4 * Threads.nthreads())
    each_block(blocks, products.columns * b * lags) do columns
        for c in columns
            column_products!(products.sums, products.history, c, b, lags, past)
        end
    end
    for l in 1:lags
        products.counts[l] += past ? b : max(b - l + 1, 0)
    end
    if b == lags
        h = products.history
        for c in 1:(products.columns)
            copyto!(h, (c - 1) * 2lags + 1, h, (c - 1) * 2lags + lags + 1, lags)
        end
        products.has_previous = true
    end
    products.filled = 0
    return nothing
end

function column_products!(sums, history, c, b, lags, past)
    @inbounds for l in 0:(lags - 1)
        first = past ? 1 : l + 1
        total = 0.0
        @simd for t in (lags + first):(lags + b)
            total += history[t, c] * history[t - l, c]
        end
        sums[l + 1, c] += total
    end
    return nothing
end

"""
    means(products)

Mean products (lags, columns); NaN where no pair was seen.
"""
function means(products::LaggedProducts)
    products.filled > 0 && flush!(products)
    return products.sums ./ ifelse.(products.counts .> 0, products.counts, NaN)
end

"""
    Statistics(n, trials, samples, lags, kept, record)

All that an integration reports; `kept` and `record` are neurons counted from 1.
"""
mutable struct Statistics
    const n::Int
    const trials::Int
    const kept::Vector{Int}
    const record::Vector{Int}
    const phi::Vector{Float64}
    const sum_x::Vector{Float64}
    const sum_x2::Vector{Float64}
    const sum_phi2::Vector{Float64}
    const population_x2::Matrix{Float64} # (samples, trials)
    const population_phi2::Matrix{Float64}
    const recorded::Array{Float64, 3} # (neurons, samples, trials)
    const lagged::Union{Nothing, Tuple{LaggedProducts, LaggedProducts}}
    const chunks::Vector{UnitRange{Int}}
    const partial::Array{Float64, 3}
    count::Int
end

function Statistics(n, trials, samples, lags, kept, record)
    columns = length(kept) * trials
    lagged = lags > 0 ? (LaggedProducts(columns, lags), LaggedProducts(columns, lags)) : nothing
    # Chunks of fixed length, so that sums do not depend on the number of threads.
    chunks = [i:min(i + 1023, n) for i in 1:1024:n]
    size = n * trials
    return Statistics(
        n,
        trials,
        kept,
        record,
        zeros(size),
        zeros(size),
        zeros(size),
        zeros(size),
        zeros(samples, trials),
        zeros(samples, trials),
        zeros(length(record), samples, trials),
        lagged,
        chunks,
        zeros(2, trials, length(chunks)),
        0,
    )
end

"""
    add!(statistics, x)

Take the state at one sampling time.
"""
function add!(s::Statistics, x::Vector{Float64})
    m = s.trials
    s.count += 1
    each_block(eachindex(s.chunks), 20 * length(x)) do c
        add_chunk!(s, x, c)
    end
    for t in 1:m
        x2 = phi2 = 0.0
        for c in eachindex(s.chunks)
            x2 += s.partial[1, t, c]
            phi2 += s.partial[2, t, c]
        end
        s.population_x2[s.count, t] = x2 / s.n
        s.population_phi2[s.count, t] = phi2 / s.n
        for (r, i) in enumerate(s.record)
            s.recorded[r, s.count, t] = x[m * (i - 1) + t]
        end
    end
    if s.lagged !== nothing
        kept, phi = s.kept, s.phi
        at(c) = m * (kept[(c - 1) ÷ m + 1] - 1) + (c - 1) % m + 1
        add!(s.lagged[1], c -> x[at(c)])
        add!(s.lagged[2], c -> phi[at(c)])
    end
    return nothing
end

function add_chunk!(s::Statistics, x, c)
    m, neurons = s.trials, s.chunks[c]
    range = (m * (first(neurons) - 1) + 1):(m * last(neurons))
    tanh!(s.phi, x, range)
    phi, sum_x, sum_x2, sum_phi2 = s.phi, s.sum_x, s.sum_x2, s.sum_phi2
    @inbounds @simd ivdep for i in range
        sum_x[i] += x[i]
        sum_x2[i] = muladd(x[i], x[i], sum_x2[i])
        sum_phi2[i] = muladd(phi[i], phi[i], sum_phi2[i])
    end
    squares!(view(s.partial, 1, :, c), x, m, range)
    squares!(view(s.partial, 2, :, c), phi, m, range)
    return nothing
end

# Sums of squares of each of m trials over a range of whole neurons.
function squares!(sums, z, m, range)
    if m == 1
        total = 0.0
        @inbounds @simd for i in range
            total = muladd(z[i], z[i], total)
        end
        sums[1] = total
    elseif m == 8
        a = b = spread(Lanes{8}, 0.0)
        GC.@preserve z begin
            k, stop = pointer(z, first(range)), pointer(z, last(range))
            while k + 64 < stop
                v, w = load(Lanes{8}, k), load(Lanes{8}, k + 64)
                a, b = multiply_add(v, v, a), multiply_add(w, w, b)
                k += 128
            end
            if k < stop
                v = load(Lanes{8}, k)
                a = multiply_add(v, v, a)
            end
        end
        for t in 1:8
            sums[t] = a[t].value + b[t].value
        end
    else
        @inbounds for t in 1:m
            total = 0.0
            for k in (first(range) + t - 1):m:last(range)
                total = muladd(z[k], z[k], total)
            end
            sums[t] = total
        end
    end
    return sums
end
