# Static states of the mean-field theory.

using PyscalesCore: StaticProblem, chi_of, fold, outer_root, static_averages, static_state

# Midpoints stand in for the Gauss nodes of Python.
midpoints(n) = ([(i - 0.5) / n for i in 1:n], fill(1 / n, n))

function lognormal_problem(gain, symmetry; sigma = 0.5, equal = false)
    # Of mean 1: v is normal of mean -sigma^2/2.
    terms = (-0.5, -0.5 / sigma^2, 0.0)
    range = (-0.5 * sigma^2 - 8sigma, -0.5 * sigma^2 + 9sigma)
    return StaticProblem(
        Float64[], Float64[], true, range, terms, midpoints(200), midpoints(400), gain, symmetry,
        equal, Ref(0)
    )
end

@testset "roots of x = s tanh x + b" for s in (-2.0, 0.5, 1.0, 1.001, 1.5, 4.0)
    for b in (0.0, 1.0e-6, 0.1, 8.0)
        x = outer_root(s, b)
        @test x - s * tanh(x) ≈ b atol = 1e-10
        @test x >= fold(s)
    end
end

@testset "static state, $equal, symmetry $symmetry" for equal in (false, true),
        symmetry in (-0.4, 0.0, 0.5)

    p = lognormal_problem(2.2, symmetry; equal)
    q, chi, evaluations, code, residual = static_state(p, 1.0e-9)
    @test code == "success"
    @test residual < 1e-8
    @test evaluations == p.calls[]
    found = static_averages(p, q, chi)
    @test found[1] ≈ q rtol = 1e-8
    @test found[2] ≈ chi rtol = 1e-8
    @test chi ≈ chi_of(p, q) rtol = 1e-7
    # No state with a larger q.
    @test all(static_averages(p, r, chi_of(p, r))[1] < r for r in (1.05q, 0.5 * (q + 1), 0.99))
end

@testset "below the onset only x = 0 is static" begin
    q, chi, _, code, _ = static_state(
        StaticProblem(
            [1.0], [1.0], false, (0.0, 0.0), (0.0, 0.0, 0.0), midpoints(2), midpoints(4000), 0.6,
            0.5, false, Ref(0)
        ),
        1.0e-9
    )
    a = 0.5 * 0.6^2
    @test q == 0
    @test code == "success"
    @test chi ≈ (1 - sqrt(1 - 4a)) / 2a rtol = 1e-4
end
