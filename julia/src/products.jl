# Products with one matrix, for iterations that run in Python (eigenvalues).

"""
    product_start(n, sparse, entries, starts, columns, values)

The matrix on arrays given by address, as `integrate_start` takes it.
"""
function product_start(
        n::Int, sparse::Bool, entries::Int, starts::Int, columns::Int, values::Int
    )
    return network_at(n, sparse, entries, starts, columns, values, Float64[])
end

"""
    product_at!(w, y, out, m)

`out = W y` for m vectors side by side, arrays (n, m) by rows at addresses `y` and `out`. The same
numbers for any number of threads.
"""
function product_at!(w::Network, y::Int, out::Int, m::Int)
    product!(vector(Float64, out, w.n * m), w, vector(Float64, y, w.n * m), m)
    return nothing
end
