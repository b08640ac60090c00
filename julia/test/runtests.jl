using LinearAlgebra: I, dot, eigvals, mul!, norm
using PyscalesCore
using PyscalesCore: LaggedProducts, ScaledGmres, add!, even_blocks, jacobian!, jacobian_pattern
using PyscalesCore: means, slope!, solve_shifted!, step_coefficients, vector_tanh
using SparseArrays: SparseMatrixCSC, findnz, sparse
using SciMLOperators: update_coefficients!
using Test

"""A random sparse matrix, and the network it makes."""
function example(n; density = 0.3, gain = 1.5, rate = Float64[])
    w = [
        sin(12.9898 * i + 78.233 * j) > 1 - 2density ? gain * cos(7.1 * i * j) : 0.0 for
            i in 1:n, j in 1:n
    ]
    starts, columns, values = Int64[0], Int32[], Float64[]
    for i in 1:n
        for j in 1:n
            w[i, j] == 0 && continue
            push!(columns, j - 1)
            push!(values, w[i, j])
        end
        push!(starts, length(values))
    end
    return w, SparseNetwork(n, starts, columns, values, rate), DenseNetwork(permutedims(w), rate)
end

states(n, m) = [2cos(1.7 * i + 0.9 * t^2) for t in 1:m, i in 1:n]

@testset "tanh" begin
    points = vcat(
        0.0, -0.0, 10.0 .^ (-300:0.37:1.0), -(10.0 .^ (-20:0.37:1.0)), 15.0:0.5:30.0, 1e10, Inf, -Inf
    )
    for x in points
        exact = Float64(tanh(big(x)))
        @test abs(vector_tanh(x) - exact) <= 2eps(exact)
    end
    @test isnan(vector_tanh(NaN))
    @test all(abs(vector_tanh(x) - Float64(tanh(big(x)))) <= 2eps(x) for x in 0.0001:0.0001:0.4)
end

@testset "tanh in single precision" begin
    points = Float32[0.0, -0.0, (10.0 .^ (-30:0.01:1.0))..., (-12:0.01:12)..., 1e10, Inf, -Inf]
    for x in points
        exact = tanh(Float64(x))
        @test abs(vector_tanh(x) - exact) <= 2eps(Float32(exact))
    end
    @test isnan(vector_tanh(NaN32))
end

@testset "products by tiles, $m trials, $T" for m in (1, 2, 3, 8, 15), T in (Float64, Float32)
    # Rows of several panels, columns of two tiles, some rows empty.
    n = 70_000
    lengths = [(7i) % 5 for i in 1:n]
    starts = cumsum(vcat(0, lengths))
    columns = Int32[(7919 * k) % n for k in 1:starts[end]]
    values = T[sin(1.0 * k) for k in 1:starts[end]]
    w = SparseNetwork(n, starts, columns, values, Float64[])
    y = T[cos(0.37 * i) for i in 1:(m * n)]
    expected, found = zeros(T, m * n), fill(T(9), m * n)
    product!(expected, w, y, m)
    tiled = PyscalesCore.with_tiles(w, m)
    @test length(tiled.tiled[1].tiles) > 2
    product!(found, tiled, y, m)
    @test found ≈ expected rtol = 20eps(T)
    blocks = [1:10, 11:40_000, 40_001:n]
    other = SparseNetwork(n, starts, columns, values, Float64[], blocks, tiled.tiled[1:0])
    again = similar(found)
    product!(again, PyscalesCore.with_tiles(other, m), y, m)
    @test again == found
    @test PyscalesCore.tiled(w, m, 10) === w
    @test (PyscalesCore.tiled(w, m, 1000) !== w) == (m * n * sizeof(T) > 350_000)
end

@testset "products, $m trials" for m in (1, 2, 3, 4, 7, 8, 9, 17)
    n = 60
    w, csr, dense = example(n)
    y = states(n, m)
    for network in (csr, dense)
        out = zeros(m * n)
        product!(out, network, vec(y), m)
        @test reshape(out, m, n) ≈ y * w' rtol = 1e-12
    end
end

@testset "products in single precision, $m trials" for m in (1, 2, 3, 8, 17)
    n = 60
    w, csr, _ = example(n)
    single = SparseNetwork(n, csr.starts, csr.columns, Float32.(csr.values), Float64[])
    y = Float32.(states(n, m))
    for kind in (Float32, Float64)
        out = zeros(kind, m * n)
        product!(out, single, vec(y), m)
        @test reshape(out, m, n) ≈ y * w' rtol = 1e-5
    end
end

@testset "coefficients of exponential steps" begin
    for z in (1e-9, 1e-3, 0.2, 1.0, 1.0001, 7.0, 300.0)
        exact(k) = sum(
            big(z) * exp(-big(z) * (1 - s)) * s^k for s in (0.5:1:(10^4)) ./ big(10^4)
        ) / 10^4
        decay, m0, m1, curvature = step_coefficients(z)
        @test decay ≈ exp(-z)
        @test m0 ≈ 1 - exp(-big(z)) rtol = 1e-14
        @test m1 ≈ exact(1) rtol = 1e-4
        @test curvature ≈ (exact(1) + exact(2)) / 2 rtol = 1e-4
    end
end

@testset "right-hand side and Jacobian" begin
    n, m = 40, 3
    rate = [1 / (0.1 + i / n) for i in 1:n]
    for rates in (Float64[], rate)
        w, csr, dense = example(n; rate = rates)
        r = isempty(rates) ? ones(n) : rates
        x = states(n, m)
        for network in (csr, dense)
            f = RightHandSide(network, m)
            dx = zeros(m * n)
            f(dx, vec(x), nothing, 0.0)
            @test reshape(dx, m, n) ≈ (tanh.(x) * w' - x) .* r' rtol = 1e-12
            @test f.evaluations == 1
            j = JacobianOperator(f)
            update_coefficients!(j, vec(x), nothing, 0.0)
            full = zeros(m * n, m * n)
            for t in 1:m, a in 1:n, b in 1:n
                full[m * (a - 1) + t, m * (b - 1) + t] =
                    r[a] * (w[a, b] * (1 - tanh(x[t, b])^2) - (a == b))
            end
            v = [sin(3.0k) for k in 1:(m * n)]
            @test mul!(zeros(m * n), j, v) ≈ full * v rtol = 1e-11
            pattern = jacobian_pattern(network, m)
            @test Matrix(jacobian!(pattern, f, vec(x))) ≈ full rtol = 1e-12
            # Finite differences.
            e = 1e-6
            plus, minus = zeros(m * n), zeros(m * n)
            f(plus, vec(x) + e * v, nothing, 0.0)
            f(minus, vec(x) - e * v, nothing, 0.0)
            @test (plus - minus) / 2e ≈ full * v rtol = 1e-6
            for gamma in (1e-3, 0.3, 10.0)
                solver = ScaledGmres(; rtol = 1e-12, max_products = 100)
                z = zeros(m * n)
                solve_shifted!(z, solver, j, gamma, v)
                @test (full - I / gamma) * z ≈ v rtol = 1e-9
                rough = ScaledGmres()
                solve_shifted!(z, rough, j, gamma, v)
                @test rough.products < solver.products
            end
        end
    end
end

@testset "nothing is allocated by the right-hand side of one thread" begin
    _, csr, _ = example(50)
    f = RightHandSide(csr, 4)
    x, dx = zeros(200), zeros(200)
    f(dx, x, nothing, 0.0)
    bytes = @allocated f(dx, x, nothing, 0.0)
    @test bytes <= (Threads.nthreads() == 1 ? 0 : 4096)
end

@testset "rows are balanced by nonzeros" begin
    starts = Int64[0, 100, 101, 102, 103, 200, 300]
    blocks = PyscalesCore.balanced_rows(starts, 6, 3)
    @test vcat(blocks...) == 1:6
    @test maximum(starts[last(b) + 1] - starts[first(b)] for b in blocks) <= 200
    @test even_blocks(3, 8) == [1:1, 2:2, 3:3]
end

@testset "lagged products, $samples samples" for samples in (1, 3, 7, 8, 9, 16, 17, 40)
    lags = 8
    data = [sin(1.3t * c) + 0.5 for t in 1:samples, c in 1:3]
    products = LaggedProducts(3, lags)
    for t in 1:samples
        add!(products, c -> data[t, c])
    end
    found = means(products)
    for c in 1:3, l in 0:(lags - 1)
        if l >= samples
            @test isnan(found[l + 1, c])
        else
            direct = sum(data[t, c] * data[t - l, c] for t in (l + 1):samples) / (samples - l)
            @test found[l + 1, c] ≈ direct rtol = 1e-12
        end
    end
end

@testset "decay, $method" for method in ("RK45", "DOP853", "RK23", "BDF", "RK4")
    n, m = 3, 2
    tau = [0.05, 1.0, 3.0]
    network = SparseNetwork(n, zeros(Int64, n + 1), Int32[], Float64[], 1 ./ tau)
    statistics = PyscalesCore.Statistics(n, m, 4, 0, collect(1:n), [1, 3])
    x0 = Float64[1, 2, 3, 4, 5, 6]
    plan = PyscalesCore.Plan(0.5, 0.25, 4)
    run = PyscalesCore.start(network, x0, m, method, 1e-9, 1e-11, 1e-3, plan, statistics)
    while PyscalesCore.advance!(run, 1.0)[2]
    end
    @test run.outcome.success
    @test statistics.count == 4
    for (r, i) in enumerate((1, 3)), s in 1:4, t in 1:m
        exact = x0[m * (i - 1) + t] * exp(-(0.5 + 0.25s) / tau[i])
        @test statistics.recorded[r, s, t] ≈ exact atol = 1e-6
    end
end

@testset "stiff steps by Krylov and by factorisation agree with explicit ones" begin
    n, m = 30, 2
    tau = 10.0 .^ range(-2, 1; length = n)
    _, csr, dense = example(n; rate = 1 ./ tau)
    plan = PyscalesCore.Plan(0.0, 0.5, 4)
    x0 = vec(states(n, m))
    found = Dict()
    for (name, method, network, trials) in (
            ("explicit", "DOP853", csr, m),
            ("KLU", "BDF", csr, m),
            ("dense", "BDF", dense, m),
            ("Krylov", "BDF", csr, 6),
        )
        start = trials == m ? x0 : vec(repeat(reshape(x0, m, n), trials ÷ m))
        statistics = PyscalesCore.Statistics(n, trials, 4, 0, Int[], Int[])
        run = PyscalesCore.start(
            network, start, trials, method, 1e-8, 1e-10, 0.1, plan, statistics
        )
        while PyscalesCore.advance!(run, 1.0)[2]
        end
        @test run.outcome.success
        found[name] = reshape(PyscalesCore.state(run), trials, n)[1:m, :]
        name == "Krylov" && @test run.method == "FBDF, Newton-Krylov"
        name == "KLU" && @test run.method == "FBDF, KLU"
    end
    for name in ("KLU", "dense", "Krylov")
        @test found[name] ≈ found["explicit"] atol = 2e-5
    end
end

@testset "what is not finite ends the run" begin
    for method in ("RK45", "BDF", "RK4"), where_ in (:start, :weights)
        w, _, _ = example(10)
        where_ == :weights && (w[1, 1] = NaN)
        dense = DenseNetwork(permutedims(w), Float64[])
        x0 = ones(10)
        where_ == :start && (x0[1] = Inf * 0)
        statistics = PyscalesCore.Statistics(10, 1, 2, 0, Int[], Int[])
        plan = PyscalesCore.Plan(1.0, 0.5, 2)
        run = PyscalesCore.start(dense, x0, 1, method, 1e-4, 1e-6, 0.1, plan, statistics)
        while PyscalesCore.advance!(run, 1.0)[2]
        end
        @test !run.outcome.success
        @test run.outcome.retcode == "diverged"
    end
end

@testset "fixed points" begin
    # x1 = w tanh x2, x2 = w tanh x1.
    w = 1.7
    network = DenseNetwork([0.0 w; w 0.0], Float64[])
    x, outcome, _, _, residual = fixed_point(network, [1.0, 1.1])
    @test outcome.success
    @test x[1] ≈ x[2]
    @test x[1] ≈ w * tanh(x[1]) rtol = 1e-9
    @test residual < 1e-10
    # A chain of self-coupled neurons, large enough for GMRES; rates play no part.
    n = 2000
    chain = SparseNetwork(
        n, collect(Int64, 0:n), collect(Int32, 0:(n - 1)), fill(1.7, n), fill(3.0, n)
    )
    y, outcome, _, _, _ = fixed_point(chain, fill(1.3, n))
    @test outcome.success
    @test y ≈ fill(x[1], n) rtol = 1e-8
    # Too few steps.
    wild, _, _ = example(60; gain = 20.0)
    _, outcome, _, _, residual = fixed_point(
        DenseNetwork(permutedims(wild), Float64[]), vec(states(60, 1)); max_iterations = 1
    )
    @test !outcome.success
    @test occursin("relax", outcome.message)
end

@testset "D(0) of the stationary theory" begin
    for (gain, d0) in ((1.2, 0.2426288960), (1.5, 0.7476863806), (3.0, 5.4463260830))
        root, calls, converged = d0_root([1.0], [1.0], gain, -6.0, log(0.75 * gain^2))
        @test converged
        @test exp(root) ≈ d0 rtol = 1e-9
        @test calls < 100
    end
end

include("memory.jl")
include("static_states.jl")
