# Fourier transforms of several series at once: lanes side by side, so that every butterfly is a
# vector instruction. Stockham's self-sorting algorithm for lengths with factors 2, 3 and 5 (others by
# a plain sum over the factor).

"""
    FourierPlan(n)

Factors and twiddles for complex transforms of length `n`.
"""
struct FourierPlan
    n::Int
    factors::Vector{Int}
    cosines::Vector{Vector{Float64}} # per pass, (r, j) -> cos(2 pi j r / (p l))
    sines::Vector{Vector{Float64}}
end

function FourierPlan(n::Int)
    factors = factorise(n)
    cosines, sines = Vector{Float64}[], Vector{Float64}[]
    rest = n
    for p in factors
        l = rest ÷ p
        push!(cosines, [cospi(2 * j * r / rest) for r in 0:(p - 1), j in 0:(l - 1)][:])
        push!(sines, [sinpi(2 * j * r / rest) for r in 0:(p - 1), j in 0:(l - 1)][:])
        rest = l
    end
    return FourierPlan(n, factors, cosines, sines)
end

function factorise(n)
    found = Int[]
    for p in (4, 2, 3, 5)
        while n % p == 0
            push!(found, p)
            n ÷= p
        end
    end
    p = 7
    while n > 1
        while n % p == 0
            push!(found, p)
            n ÷= p
        end
        p += 2
    end
    return found
end

"""
    fourier!(plan, re, im, work_re, work_im, ::Val{B}, sign)

DFT with exp(sign i 2 pi f t/n) of `B` series stored as (B, n), in place (the result may end in the
work arrays' storage: the returned pair is where it is). No factor 1/n.
"""
function fourier!(plan::FourierPlan, re, im, work_re, work_im, lanes::Val{B}, sign::Int) where {B}
    m, rest = 1, plan.n
    x, y = (re, im), (work_re, work_im)
    for (k, p) in enumerate(plan.factors)
        l = rest ÷ p
        c, s = plan.cosines[k], plan.sines[k]
        if p == 4
            pass4!(x, y, m, l, c, s, lanes, Float64(sign))
        elseif p == 2
            pass2!(x, y, m, l, c, s, lanes, Float64(sign))
        elseif p == 3
            pass3!(x, y, m, l, c, s, lanes, Float64(sign))
        elseif p == 5
            pass5!(x, y, m, l, c, s, lanes, Float64(sign))
        else
            pass!(x, y, m, l, p, c, s, lanes, Float64(sign))
        end
        x, y = y, x
        m *= p
        rest = l
    end
    return x
end

function pass2!(x, y, m, l, c, s, ::Val{B}, sign) where {B}
    xr, xi = x
    yr, yi = y
    step = m * B
    @inbounds for j in 0:(l - 1)
        wr, wi = c[2j + 2], sign * s[2j + 2]
        a, b, to = step * j, step * (j + l), step * 2j
        @simd ivdep for k in 1:step
            ar, ai, br, bi = xr[a + k], xi[a + k], xr[b + k], xi[b + k]
            yr[to + k] = ar + br
            yi[to + k] = ai + bi
            dr, di = ar - br, ai - bi
            yr[to + step + k] = dr * wr - di * wi
            yi[to + step + k] = dr * wi + di * wr
        end
    end
    return nothing
end

function pass4!(x, y, m, l, c, s, ::Val{B}, sign) where {B}
    xr, xi = x
    yr, yi = y
    step = m * B
    @inbounds for j in 0:(l - 1)
        w1r, w1i = c[4j + 2], sign * s[4j + 2]
        w2r, w2i = c[4j + 3], sign * s[4j + 3]
        w3r, w3i = c[4j + 4], sign * s[4j + 4]
        a, b, d, e = step * j, step * (j + l), step * (j + 2l), step * (j + 3l)
        to = step * 4j
        @simd ivdep for k in 1:step
            ar, ai, br, bi = xr[a + k], xi[a + k], xr[b + k], xi[b + k]
            dr, di, er, ei = xr[d + k], xi[d + k], xr[e + k], xi[e + k]
            pr, pi_, qr, qi = ar + dr, ai + di, ar - dr, ai - di
            rr, ri, tr, ti = br + er, bi + ei, br - er, bi - ei
            # sign * i * t
            ur, ui = -sign * ti, sign * tr
            yr[to + k] = pr + rr
            yi[to + k] = pi_ + ri
            vr, vi = qr + ur, qi + ui
            yr[to + step + k] = vr * w1r - vi * w1i
            yi[to + step + k] = vr * w1i + vi * w1r
            vr, vi = pr - rr, pi_ - ri
            yr[to + 2step + k] = vr * w2r - vi * w2i
            yi[to + 2step + k] = vr * w2i + vi * w2r
            vr, vi = qr - ur, qi - ui
            yr[to + 3step + k] = vr * w3r - vi * w3i
            yi[to + 3step + k] = vr * w3i + vi * w3r
        end
    end
    return nothing
end

function pass3!(x, y, m, l, c, s, ::Val{B}, sign) where {B}
    xr, xi = x
    yr, yi = y
    step = m * B
    root = sign * sqrt(3.0) / 2
    @inbounds for j in 0:(l - 1)
        w1r, w1i = c[3j + 2], sign * s[3j + 2]
        w2r, w2i = c[3j + 3], sign * s[3j + 3]
        a, b, d, to = step * j, step * (j + l), step * (j + 2l), step * 3j
        @simd ivdep for k in 1:step
            ar, ai = xr[a + k], xi[a + k]
            sr, si = xr[b + k] + xr[d + k], xi[b + k] + xi[d + k]
            dr, di = root * (xr[b + k] - xr[d + k]), root * (xi[b + k] - xi[d + k])
            yr[to + k] = ar + sr
            yi[to + k] = ai + si
            hr, hi = ar - 0.5 * sr, ai - 0.5 * si
            vr, vi = hr - di, hi + dr
            yr[to + step + k] = vr * w1r - vi * w1i
            yi[to + step + k] = vr * w1i + vi * w1r
            vr, vi = hr + di, hi - dr
            yr[to + 2step + k] = vr * w2r - vi * w2i
            yi[to + 2step + k] = vr * w2i + vi * w2r
        end
    end
    return nothing
end

function pass5!(x, y, m, l, c, s, ::Val{B}, sign) where {B}
    xr, xi = x
    yr, yi = y
    step = m * B
    c1, c2 = cospi(2 / 5), cospi(4 / 5)
    s1, s2 = sign * sinpi(2 / 5), sign * sinpi(4 / 5)
    @inbounds for j in 0:(l - 1)
        w1r, w1i = c[5j + 2], sign * s[5j + 2]
        w2r, w2i = c[5j + 3], sign * s[5j + 3]
        w3r, w3i = c[5j + 4], sign * s[5j + 4]
        w4r, w4i = c[5j + 5], sign * s[5j + 5]
        at0, at1, at2 = step * j, step * (j + l), step * (j + 2l)
        at3, at4, to = step * (j + 3l), step * (j + 4l), step * 5j
        @simd ivdep for k in 1:step
            ar, ai = xr[at0 + k], xi[at0 + k]
            pr, pi_ = xr[at1 + k] + xr[at4 + k], xi[at1 + k] + xi[at4 + k]
            qr, qi = xr[at2 + k] + xr[at3 + k], xi[at2 + k] + xi[at3 + k]
            dr, di = xr[at1 + k] - xr[at4 + k], xi[at1 + k] - xi[at4 + k]
            er, ei = xr[at2 + k] - xr[at3 + k], xi[at2 + k] - xi[at3 + k]
            yr[to + k] = ar + pr + qr
            yi[to + k] = ai + pi_ + qi
            hr, hi = ar + c1 * pr + c2 * qr, ai + c1 * pi_ + c2 * qi
            gr, gi = s1 * dr + s2 * er, s1 * di + s2 * ei
            vr, vi = hr - gi, hi + gr
            yr[to + step + k] = vr * w1r - vi * w1i
            yi[to + step + k] = vr * w1i + vi * w1r
            vr, vi = hr + gi, hi - gr
            yr[to + 4step + k] = vr * w4r - vi * w4i
            yi[to + 4step + k] = vr * w4i + vi * w4r
            hr, hi = ar + c2 * pr + c1 * qr, ai + c2 * pi_ + c1 * qi
            gr, gi = s2 * dr - s1 * er, s2 * di - s1 * ei
            vr, vi = hr - gi, hi + gr
            yr[to + 2step + k] = vr * w2r - vi * w2i
            yi[to + 2step + k] = vr * w2i + vi * w2r
            vr, vi = hr + gi, hi - gr
            yr[to + 3step + k] = vr * w3r - vi * w3i
            yi[to + 3step + k] = vr * w3i + vi * w3r
        end
    end
    return nothing
end

function pass!(x, y, m, l, p, c, s, ::Val{B}, sign) where {B}
    xr, xi = x
    yr, yi = y
    step = m * B
    roots = [cispi(2 * sign * q / p) for q in 0:(p - 1)]
    @inbounds for j in 0:(l - 1), r in 0:(p - 1)
        wr, wi = c[p * j + r + 1], sign * s[p * j + r + 1]
        to = step * (p * j + r)
        for k in 1:step
            yr[to + k] = 0.0
            yi[to + k] = 0.0
        end
        for q in 0:(p - 1)
            root = roots[(q * r) % p + 1]
            fr = real(root) * wr - imag(root) * wi
            fi = real(root) * wi + imag(root) * wr
            from = step * (j + q * l)
            @simd ivdep for k in 1:step
                yr[to + k] += xr[from + k] * fr - xi[from + k] * fi
                yi[to + k] += xr[from + k] * fi + xi[from + k] * fr
            end
        end
    end
    return nothing
end
