# The mean-field equations with memory: transforms, averages, and one sweep by plain loops.

using PyscalesCore: MemoryFound, MemoryMap, MemoryPlan
using PyscalesCore: HERMITE, HALF_LINE_WEIGHTS, Lanes
using PyscalesCore: bins, coupling, inverse_transform, mean_square_tanh, memory_kernel, memory_root!, put_numbers!
using PyscalesCore: real_transform, series_space, smooth, strength, vector_tanh

small_plan(n_steps; symmetry = 0.3, lags = 9, count = [3, 9, 5]) =
    MemoryPlan([0.4, 1.0, 2.3], [0.3, 0.5, 0.2], count, 1.8, symmetry, 0.2, n_steps, 21, lags)

numbers_of(p) = (
    [complex(sin(3.1 * i * f + i), f == 1 || f == bins(p) ? 0.0 : cos(2.3 * i + f^2)) for
            i in eachindex(p.node), f in 1:bins(p)],
    [sin(12.9 * i + 7.7 * t^2) > 0 ? 1.0 : -1.0 for i in eachindex(p.node), t in 1:(p.n_steps)],
)

@testset "tanh of lanes" begin
    for x in (0.0, 1.0e-9, -0.3, 0.7, -2.5, 11.0, -30.0, Inf, -Inf)
        found = vector_tanh(ntuple(i -> VecElement(x / i), Val(8)))
        for i in 1:8
            exact = Float64(tanh(big(x / i)))
            @test abs(found[i].value - exact) <= 2eps(exact)
        end
    end
    @test all(isnan(v.value) for v in vector_tanh(ntuple(i -> VecElement(NaN), Val(4))))
end

@testset "transforms of $n" for n in (16, 30, 98)
    p = small_plan(n)
    values = [cos(0.3 * t^2) for t in 0:(n - 1)]
    re, im = copy.(real_transform(p, values, series_space(p)))
    for f in 0:(n ÷ 2)
        exact = sum(values[t + 1] * cis(-2pi * f * t / n) for t in 0:(n - 1))
        @test complex(re[f + 1], im[f + 1]) ≈ exact atol = 1e-12 * n
    end
    @test inverse_transform(p, re, im, series_space(p)) ≈ values
end

@testset "Gaussian averages" begin
    # Odd Hermite functions are orthonormal (those of high order reach beyond the half line).
    table = HERMITE ./ sqrt.(HALF_LINE_WEIGHTS)
    @test table[:, [1, 2, 8]]' * table[:, [1, 2, 8]] ≈ I atol = 1e-8
    @test mean_square_tanh(0.0) == 0
    @test mean_square_tanh(1.0e-6) ≈ 1.0e-6 - 2.0e-12 rtol = 1e-9
    fine = -12:0.001:12
    exact = sum(tanh(7z)^2 * exp(-z^2 / 2) for z in fine) / sum(exp(-z^2 / 2) for z in fine)
    @test mean_square_tanh(49.0) ≈ exact rtol = 1e-10
    @test smooth(fill(2.5, 40)) ≈ fill(2.5, 40)
end

@testset "one sweep by plain loops, $n_steps steps" for n_steps in (40, 72)
    p = small_plan(n_steps)
    noise, probe = numbers_of(p)
    found = MemoryFound(p)
    c = [0.5 * 0.7^l for l in 0:(p.n_lags)]
    g = [0.3 * 0.8^l for l in 1:(p.n_lags)]
    run! = MemoryMap(p)
    put_numbers!(run!.numbers, p, noise, probe)
    run!(found, c, g)
    @test run!.evaluations == 1
    # Trajectories one by one, and the averages that no control variate touches.
    n, h, e = p.n_steps, p.dt, exp(-p.dt)
    even = [l <= p.n_lags ? c[l + 1] : l >= n - p.n_lags ? c[n - l + 1] : 0.0 for l in 0:(n - 1)]
    dft(v) = [sum(v[t + 1] * cis(-2pi * f * t / n) for t in 0:(n - 1)) for f in 0:(n - 1)]
    back(v) = [real(sum(v[f + 1] * cis(2pi * f * t / n) for f in 0:(n - 1))) / n for t in 0:(n - 1)]
    full(v) = [f <= n ÷ 2 ? v[f + 1] : conj(v[n - f + 1]) for f in 0:(n - 1)]
    spectrum = max.(real.(dft(even)), 0.0)
    kernel = memory_kernel(p, g)
    x_x = zeros(3, n)
    for (i, j) in enumerate(p.node)
        drive = [
            strength(p, j) * sqrt(n * spectrum[f + 1]) * noise[i, f + 1] / (1 + im * p.omega[f + 1])
                for f in 0:(n ÷ 2)
        ]
        drive[end] = real(drive[end])
        field = back(full(drive))
        total = 16 * cld(p.n_burn + n, 16)
        phi = zeros(total)
        for s in 1:total
            past = sum(kernel[l] * phi[s - l] for l in 1:min(s - 1, p.n_lags); init = 0.0)
            phi[s] = tanh(field[mod(s - 1 - (total - n), n) + 1] + coupling(p, j) * past)
        end
        phi_f = dft(phi[(total - n + 1):end])
        through = dft(vcat(0.0, kernel, zeros(n - 1 - p.n_lags)))
        # The Nyquist bin keeps its imaginary part, as in the embedded engine.
        drive = [
            strength(p, j) * sqrt(n * spectrum[f + 1]) * noise[i, f + 1] / (1 + im * p.omega[f + 1])
                for f in 0:(n ÷ 2)
        ]
        x_f = drive .+ coupling(p, j) .* through[1:bins(p)] .* phi_f[1:bins(p)]
        x_x[j, :] .+= back(full(abs2.(x_f))) ./ (n * p.count[j])
    end
    @test found.x_of_node ≈ x_x[:, 1:(p.n_lags + 1)] rtol = 1e-9
    # The response decays from (1 - e)/h <phi'> and obeys C = E[u <phi phi>].
    @test found.c ≈ found.of_node' * p.weight
    @test found.slope ≈ 1 .- found.of_node[:, 1]
    @test all(isfinite, found.g)
end

@testset "C and G as one nonlinear problem" begin
    p = small_plan(72; symmetry = 0.2, count = [40, 60, 40])
    noise, probe = numbers_of(p)
    run! = MemoryMap(p)
    put_numbers!(run!.numbers, p, noise, probe)
    l = p.n_lags
    v = [[0.5 * 0.7^k for k in 0:l]; [0.3 * 0.8^k for k in 1:l]]
    found = MemoryFound(p)
    for _ in 1:5
        run!(found, v[1:(l + 1)], v[(l + 2):end])
        v = [found.c; found.g]
    end
    unit, shift = fill(0.5, length(v)), [1.0e-3 * cos(k) for k in eachindex(v)]
    evaluations, code, history = memory_root!(run!, v ./= unit, unit, shift, 1.0e-10, 300)
    @test code == "success"
    @test history[end] <= 1e-10
    @test evaluations == run!.evaluations - 5
    v .*= unit
    run!(found, v[1:(l + 1)], v[(l + 2):end])
    @test [found.c; found.g] .+ unit .* shift ≈ v atol = 1e-8
    # Too few evaluations: the best point so far, and no success.
    v = [[0.5 * 0.7^k for k in 0:l]; [0.3 * 0.8^k for k in 1:l]]
    _, code, _ = memory_root!(run!, v, unit, shift, 1.0e-12, 2)
    @test code == "max_iterations"
end
