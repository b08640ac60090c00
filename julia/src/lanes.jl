# Vectors of 2, 4 and 8 numbers as LLVM knows them, and tanh of one.

const LanesOf{N, T} = NTuple{N, VecElement{T}}
const Lanes{N} = LanesOf{N, Float64}

@inline load(::Type{LanesOf{N, T}}, p::Ptr{T}) where {N, T} = unsafe_load(Ptr{LanesOf{N, T}}(p))
@inline store(v::LanesOf{N, T}, p::Ptr{T}) where {N, T} = unsafe_store!(Ptr{LanesOf{N, T}}(p), v)
@inline function store(v::LanesOf{N}, p::Ptr{T}) where {N, T}
    return store(ntuple(i -> VecElement(T(v[i].value)), Val(N)), p)
end
@inline spread(::Type{LanesOf{N, T}}, a::T) where {N, T} = ntuple(_ -> VecElement(a), Val(N))
for N in (2, 4, 8)
    L = LanesOf{N, Float32}
    @eval @inline function multiply_add(a::$L, b::$L, c::$L)
        return ccall($("llvm.fmuladd.v$(N)f32"), llvmcall, $L, ($L, $L, $L), a, b, c)
    end
end

for N in (2, 4, 8)
    name = "llvm.fmuladd.v$(N)f64"
    vector, integers = "<$N x double>", "<$N x i64>"
    @eval @inline function multiply_add(a::Lanes{$N}, b::Lanes{$N}, c::Lanes{$N})
        return ccall($name, llvmcall, Lanes{$N}, (Lanes{$N}, Lanes{$N}, Lanes{$N}), a, b, c)
    end
    for (f, op) in ((:plus, "fadd"), (:minus, "fsub"), (:times, "fmul"), (:divide, "fdiv"))
        code = "%3 = $op $vector %0, %1\nret $vector %3"
        @eval @inline function $f(a::Lanes{$N}, b::Lanes{$N})
            return Base.llvmcall($code, Lanes{$N}, Tuple{Lanes{$N}, Lanes{$N}}, a, b)
        end
    end
    code = "%3 = fcmp ogt $vector %0, %1\n%4 = select <$N x i1> %3, $vector %1, $vector %0\nret $vector %4"
    @eval @inline function at_most(a::Lanes{$N}, b::Lanes{$N})
        return Base.llvmcall($code, Lanes{$N}, Tuple{Lanes{$N}, Lanes{$N}}, a, b)
    end
    code = "%2 = fneg $vector %0\nret $vector %2"
    @eval @inline negative(a::Lanes{$N}) = Base.llvmcall($code, Lanes{$N}, Tuple{Lanes{$N}}, a)
    @eval @inline function absolute(a::Lanes{$N})
        return ccall($("llvm.fabs.v$(N)f64"), llvmcall, Lanes{$N}, (Lanes{$N},), a)
    end
    @eval @inline function with_sign(a::Lanes{$N}, b::Lanes{$N})
        return ccall(
            $("llvm.copysign.v$(N)f64"), llvmcall, Lanes{$N}, (Lanes{$N}, Lanes{$N}), a, b
        )
    end
    # 2^k from the bits of ROUND + k.
    each(k) = "<" * join(fill("i64 $k", N), ", ") * ">"
    code = """
    %2 = bitcast $vector %0 to $integers
    %3 = add $integers %2, $(each(1023))
    %4 = shl $integers %3, $(each(52))
    %5 = bitcast $integers %4 to $vector
    ret $vector %5"""
    @eval @inline power_of_two(a::Lanes{$N}) =
        Base.llvmcall($code, Lanes{$N}, Tuple{Lanes{$N}}, a)
end

"""
    vector_tanh(x::Lanes)

The same formula as for one number, its polynomial in Estrin's order: short chains of operations for
trajectories, where every step waits for the one before.
"""
@inline function vector_tanh(x::L) where {N, L <: Lanes{N}}
    v(value) = spread(Lanes{N}, value)
    a = at_most(absolute(x), v(20.0))
    t = plus(a, a)
    shifted = multiply_add(t, v(LOG2E), v(ROUND))
    k = negative(minus(shifted, v(ROUND)))
    r = multiply_add(k, v(LN2_LOW), multiply_add(k, v(LN2_HIGH), t))
    r2 = times(r, r)
    r4 = times(r2, r2)
    pair(i) = multiply_add(v(EXPM1[i + 1]), r, v(EXPM1[i]))
    four(i) = multiply_add(pair(i + 2), r2, pair(i))
    series = multiply_add(multiply_add(four(9), r4, four(5)), r4, four(1))
    p = multiply_add(r2, series, r)
    power = power_of_two(shifted)
    e = multiply_add(power, p, minus(power, v(1.0)))
    return with_sign(divide(e, plus(e, v(2.0))), x)
end
