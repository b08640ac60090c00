# What Python calls, compiled into the package image: the same entry points with the same types.

function precompile_memory(at)
    # Odd and even numbers of batches, of one node and of several.
    u, weight, count = [0.5, 2.0], [0.5, 0.5], [17, 4]
    n, steps, lags = sum(count), 48, 5
    bins = steps ÷ 2 + 1
    noise = [complex(sin(1.0 * i * f), cos(1.0 * i + f)) for i in 1:n, f in 1:bins]
    probe = [isodd(i * t) ? 1.0 : -1.0 for i in 1:n, t in 1:steps]
    c, g = [exp(-0.1 * l) for l in 0:lags], fill(0.1, lags)
    found = map(k -> zeros(k), (lags + 1, lags, 2 * (lags + 1), 2 * (lags + 1), 2, 2))
    GC.@preserve u weight count noise probe c g found begin
        run = memory_start(
            2, at(u), at(weight), at(count), 2.0, 0.2, 0.2, steps, 6, lags
        )
        memory_numbers!(run, at(noise), at(probe))
        memory_map!(run, at(c), at(g), map(at, found)...)
        v, unit, shift = vcat(c, g), ones(2lags + 1), zeros(2lags + 1)
        GC.@preserve v unit shift begin
            memory_root!(run, 2lags + 1, at(v), at(unit), at(shift), 1.0e-6, 30)
        end
    end
    return nothing
end

function workload()
    n, trials = 40, 2
    values = [sin(1.0 * i * j) / 4 for i in 1:n, j in 1:n]
    low = Float32.(values)
    starts = collect(Int64, 0:n:(n * n))
    columns = Int32[(k - 1) % n for k in 1:(n * n)]
    x0 = [cos(1.0 * i + t) for i in 1:n, t in 1:trials]
    tau = [10.0^((i - n / 2) / n) for i in 1:n]
    kept = collect(Int64, 0:(n - 1))
    record = Int64[0, 3]
    samples, lags = 6, 3
    sizes = (
        trials * n,
        trials * n,
        trials * n,
        trials * samples,
        trials * samples,
        n * lags,
        n * lags,
        trials * lags,
        trials * lags,
        trials * samples * 2,
        trials * n,
    )
    out = map(k -> zeros(k), sizes)
    at(a) = Int(pointer(a))
    x = ones(n)
    tangents = [sin(1.0 * i * t + e) for e in 1:2, i in 1:n, t in 1:trials]
    big = FACTORISE_FIXED_POINT_UP_TO + 1
    chain = (collect(Int64, 0:big), collect(Int32, 0:(big - 1)), fill(1.5, big), ones(big))
    u, weight = [0.5, 1.0, 2.0], [0.2, 0.5, 0.3]
    GC.@preserve values low starts columns x0 tau kept record out x tangents chain u weight begin
        sparse = (n, true, n * n, at(starts), at(columns), at(values))
        dense = (n, false, n * n, 0, 0, at(values))
        singles = (sparse[1:5]..., at(low))
        for (w, m, methods, single) in (
                (sparse, trials, ("RK45", "BDF", "ETD3", "ETD3D", "RK4", "DOP853", "RK23"), false),
                (sparse, 8, ("RK45",), false),
                (dense, trials, ("RK45", "BDF", "ETD3"), false),
                (sparse, 4, ("BDF",), false),
                (singles, trials, ("RK45", "ETD3", "ETD3D"), true),
            )
            for method in methods, rates in (0, at(tau))
                local state = [cos(1.0 * i + t) for i in 1:n, t in 1:m]
                GC.@preserve state begin
                    run = integrate_start(
                        w...,
                        m,
                        at(state),
                        rates,
                        method,
                        1.0e-4,
                        1.0e-6,
                        0.1,
                        1.0,
                        0.5,
                        samples,
                        lags,
                        n,
                        at(kept),
                        2,
                        at(record),
                        single,
                    )
                    while integrate_advance!(run, 1.0)[2]
                    end
                    m == trials && integrate_finish!(run, map(at, out)...)
                    integrate_status(run)
                end
            end
        end
        fixed_point!(sparse..., at(x), 1.0e-10)
        fixed_point!(dense..., at(x), 1.0e-10)
        fixed_point!(
            big, true, big, at(chain[1]), at(chain[2]), at(chain[3]), at(chain[4]), 1.0e-10
        )
        for w in (sparse, dense), m in (1, trials)
            product_at!(product_start(w...), at(x0), at(out[1]), m)
        end
        for m in (1, 2)
            run = lyapunov_start(
                sparse..., trials, m, at(x0), at(tangents), at(tau), 0.5, 5, 2, 3
            )
            while integrate_advance!(run, 1.0)[2]
            end
            lyapunov_finish!(run, at(out[1]), at(out[4]), at(out[11]))
        end
        precompile_memory(at)
        for equal in (false, true)
            static_state(
                3, at(u), at(weight), false, 0.0, 0.0, 0.0, 0.0, 0.0, 3, at(u), at(weight), 3,
                at(weight), at(weight), 0.9, 0.5, equal, 1.0e-10
            )
        end
        d0_root(3, at(u), at(weight), 2.0, -3.0, log(3.0))
        about()
    end
    return nothing
end

@compile_workload workload()
