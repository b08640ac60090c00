# Work shared by threads in blocks whose results do not depend on who computes them.

const WORTH_THREADS = 60_000

"""
    each_block(f, blocks, work)

Call `f(block)` for every block: in threads if `work` (operations in all) is worth their start.
"""
function each_block(f::F, blocks, work) where {F}
    if Threads.nthreads() == 1 || length(blocks) == 1 || work < WORTH_THREADS
        for block in blocks
            f(block)
        end
    else
        Threads.@threads for block in blocks
            f(block)
        end
    end
    return nothing
end

"""
    even_blocks(n, count)

`1:n` in at most `count` consecutive ranges of equal length.
"""
function even_blocks(n::Int, count::Int)
    count = clamp(count, 1, max(n, 1))
    edges = [round(Int, n * i / count) for i in 0:count]
    return [(edges[i] + 1):edges[i + 1] for i in 1:count]
end
