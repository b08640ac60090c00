"""
    PyscalesCore

Integration, fixed points and mean-field equations of heterogeneous random networks

    tau_i dx_i/dt = -x_i + sum_j W_ij tanh(x_j)

on DifferentialEquations.jl (its solver packages) and NonlinearSolve.jl: the Julia engine of
pyscales. The names are those of the Python package; `bridge.jl` is what Python calls.
"""
module PyscalesCore

using BracketingNonlinearSolve: ITP
using LinearAlgebra: LinearAlgebra, BLAS, axpy!, diag, dot, mul!, qr!
using LinearSolve: KrylovJL_GMRES, LinearSolveFunction, PureKLUFactorization
using LineSearch: RobustNonMonotoneLineSearch
using NonlinearSolveFirstOrder: NewtonRaphson, TrustRegion
using OrdinaryDiffEqBDF: FBDF
using OrdinaryDiffEqLowOrderRK: BS3
using OrdinaryDiffEqTsit5: Tsit5
using OrdinaryDiffEqVerner: Vern8
using PrecompileTools: @compile_workload
using SciMLBase:
    SciMLBase,
    IntervalNonlinearProblem,
    NonlinearFunction,
    NonlinearProblem,
    ODEFunction,
    ODEProblem,
    ReturnCode,
    SteadyStateProblem,
    init,
    solve,
    step!
using SciMLLogging: SciMLLogging
using SciMLOperators: SciMLOperators, AbstractSciMLOperator
using SparseArrays: SparseMatrixCSC, sparse

export DenseNetwork,
    SparseNetwork, RightHandSide, JacobianOperator, d0_root, excess, fixed_point, product!

include("vector_tanh.jl")
include("lanes.jl")
include("threads.jl")
include("tiles.jl")
include("network.jl")
include("jacobian.jl")
include("krylov.jl")
include("statistics.jl")
include("integrate.jl")
include("exponential.jl")
include("fixed_points.jl")
include("stationary.jl")
include("static_states.jl")
include("fourier.jl")
include("memory_plan.jl")
include("memory.jl")
include("memory_averages.jl")
include("memory_map.jl")
include("memory_root.jl")
include("lyapunov.jl")
include("bridge.jl")
include("products.jl")
include("precompile.jl")

# Products share the rows of W between threads of Julia: BLAS must not start its own.
__init__() = BLAS.set_num_threads(1)

end
