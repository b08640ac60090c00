"""BibTeX entries, and what each is cited for.

A reference is used by a result that carries one of its tags: ``job:dmft``, ``symmetry:positive``,
``variable:timescale_fit``, ``cap:norros-reittu``, ``engine:julia`` (see
`pyscales.citations.used.tags_of`).
"""

from __future__ import annotations

from dataclasses import dataclass

from pyscales._version import __version__


@dataclass(frozen=True)
class Reference:
    """A work and the tags of the results that rest on it; without tags it is always cited."""

    key: str
    kind: str
    fields: dict[str, str]
    reason: str
    tags: frozenset[str] = frozenset()

    def bibtex(self) -> str:
        """The entry as BibTeX, its reason as a comment above it."""
        lines = ",\n".join(
            f'  {name} = "{value}"' if value.startswith("{") else f"  {name} = {{{value}}}"
            for name, value in self.fields.items()
        )
        return f"% {self.reason}\n@{self.kind}{{{self.key},\n{lines}\n}}\n"


def _article(
    key: str,
    reason: str,
    author: str,
    title: str,
    journal: str,
    year: int,
    volume: str,
    pages: str,
    doi: str,
    *tags: str,
) -> Reference:
    fields = {
        "author": author,
        "title": title,
        "journal": journal,
        "year": str(year),
        "volume": volume,
        "pages": pages,
        "doi": doi,
    }
    return Reference(key, "article", fields, reason, frozenset(tags))


def _other(kind: str, key: str, reason: str, fields: dict[str, str], *tags: str) -> Reference:
    return Reference(key, kind, fields, reason, frozenset(tags))


_SIMULATED = ("job:simulate", "job:timescales", "job:spectrum", "job:lyapunov", "job:degrees")
_COLOURED = ("job:ucna", "job:ucna-map")

REFERENCES: tuple[Reference, ...] = (
    _other(
        "software",
        "pyscales",
        "the program",
        {
            "author": "{The pyscales developers}",
            "title": "pyscales: timescales in heterogeneous recurrent networks",
            "version": __version__,
            "year": "2026",
        },
    ),
    _other(
        "misc",
        "Zenari2026",
        "the theory: heterogeneous degrees and timescales",
        {
            "author": "Zenari and Taffarello and Mazzucato and Maritan and Suweis",
            "title": "Topological Origin of the Diversity of Timescales in Recurrent Neural "
            "Circuits",
            "year": "2026",
            "eprint": "2603.04149",
            "archiveprefix": "arXiv",
        },
    ),
    _article(
        "Sompolinsky1988",
        "mean-field theory of random networks",
        "Sompolinsky, H. and Crisanti, A. and Sommers, H.-J.",
        "Chaos in random neural networks",
        "Physical Review Letters",
        1988,
        "61",
        "259--262",
        "10.1103/PhysRevLett.61.259",
        "job:dmft",
        "job:phase-diagram",
        "job:critical-gain",
        "job:simulate",
        "job:memory",
    ),
    _article(
        "Crisanti2018",
        "largest Lyapunov exponent of the mean-field theory",
        "Crisanti, A. and Sompolinsky, H.",
        "Path integral approach to random neural networks",
        "Physical Review E",
        2018,
        "98",
        "062120",
        "10.1103/PhysRevE.98.062120",
        "variable:lyapunov_max",
        "variable:lyapunov_max_theory",
    ),
    _article(
        "Benettin1980",
        "Lyapunov exponents from tangent dynamics",
        "Benettin, G. and Galgani, L. and Giorgilli, A. and Strelcyn, J.-M.",
        "Lyapunov characteristic exponents for smooth dynamical systems and for Hamiltonian "
        "systems; a method for computing all of them. Part 1: Theory",
        "Meccanica",
        1980,
        "15",
        "9--20",
        "10.1007/BF02128236",
        "job:lyapunov",
    ),
    _article(
        "Engelken2023",
        "Lyapunov spectra of networks",
        "Engelken, R. and Wolf, F. and Abbott, L. F.",
        "Lyapunov spectra of chaotic recurrent neural networks",
        "Physical Review Research",
        2023,
        "5",
        "043044",
        "10.1103/PhysRevResearch.5.043044",
        "job:lyapunov",
    ),
    _article(
        "Kuczala2016",
        "stability with correlated couplings",
        "Kuczala, A. and Sharpee, T. O.",
        "Eigenvalue spectra of large correlated random matrices",
        "Physical Review E",
        2016,
        "94",
        "050101",
        "10.1103/PhysRevE.94.050101",
        "symmetry:positive",
        "symmetry:negative",
    ),
    _article(
        "Sommers1988",
        "elliptic law",
        "Sommers, H. J. and Crisanti, A. and Sompolinsky, H. and Stein, Y.",
        "Spectrum of large random asymmetric matrices",
        "Physical Review Letters",
        1988,
        "60",
        "1895--1898",
        "10.1103/PhysRevLett.60.1895",
        "job:spectrum",
    ),
    _article(
        "Cook2018",
        "spectrum of matrices with a variance profile",
        "Cook, N. and Hachem, W. and Najim, J. and Renfrew, D.",
        "Non-Hermitian random matrices with a variance profile (I): deterministic equivalents and "
        "limiting ESDs",
        "Electronic Journal of Probability",
        2018,
        "23",
        "1--61",
        "10.1214/18-EJP230",
        "job:spectrum",
        "degrees:capped",
    ),
    _article(
        "Alt2018",
        "spectral radius with the degrees of the capped graph",
        'Alt, J. and Erd{\\H{o}}s, L. and Kr{\\"u}ger, T.',
        "Local inhomogeneous circular law",
        "The Annals of Applied Probability",
        2018,
        "28",
        "148--203",
        "10.1214/17-AAP1302",
        "degrees:capped",
    ),
    _article(
        "Chalker1998",
        "overlaps of eigenvectors",
        "Chalker, J. T. and Mehlig, B.",
        "Eigenvector statistics in non-Hermitian random matrix ensembles",
        "Physical Review Letters",
        1998,
        "81",
        "3367--3370",
        "10.1103/PhysRevLett.81.3367",
        "variable:condition_number",
        "variable:overlap",
    ),
    _article(
        "Chung2002",
        "random graphs with given expected degrees",
        "Chung, F. and Lu, L.",
        "Connected components in random graphs with given expected degree sequences",
        "Annals of Combinatorics",
        2002,
        "6",
        "125--145",
        "10.1007/PL00012580",
        *_SIMULATED,
    ),
    _article(
        "Norros2006",
        "connection probabilities 1 - exp(-k_i k_j/(N <k>))",
        "Norros, I. and Reittu, H.",
        "On a conditionally Poissonian graph process",
        "Advances in Applied Probability",
        2006,
        "38",
        "59--75",
        "10.1239/aap/1143936140",
        "cap:norros-reittu",
    ),
    _article(
        "Dormand1980",
        "the integrator RK45",
        "Dormand, J. R. and Prince, P. J.",
        "A family of embedded Runge-Kutta formulae",
        "Journal of Computational and Applied Mathematics",
        1980,
        "6",
        "19--26",
        "10.1016/0771-050X(80)90013-3",
        "job:simulate",
    ),
    _article(
        "Stern2023",
        "timescales of units with coloured noise, half widths",
        "Stern, M. and Istrate, N. and Mazzucato, L.",
        "A reservoir of timescales emerges in recurrent circuits with heterogeneous neural "
        "assemblies",
        "eLife",
        2023,
        "12",
        "e86552",
        "10.7554/eLife.86552",
        "variable:timescale_hwhm",
        *_COLOURED,
    ),
    _article(
        "Jung1987",
        "unified coloured-noise approximation",
        'Jung, P. and H{\\"a}nggi, P.',
        "Dynamical systems: A unified colored-noise approximation",
        "Physical Review A",
        1987,
        "35",
        "4464--4466",
        "10.1103/PhysRevA.35.4464",
        *_COLOURED,
    ),
    _other(
        "book",
        "Risken1989",
        "solution of the Fokker-Planck equation",
        {
            "author": "Risken, H.",
            "title": "The Fokker-Planck Equation",
            "publisher": "Springer",
            "edition": "2",
            "year": "1989",
        },
        *_COLOURED,
    ),
    _article(
        "Murray2014",
        "timescales from exponential fits",
        "Murray, J. D. and others",
        "A hierarchy of intrinsic timescales across primate cortex",
        "Nature Neuroscience",
        2014,
        "17",
        "1661--1663",
        "10.1038/nn.3862",
        "variable:timescale_fit",
    ),
    _article(
        "Wieland2015",
        "timescales from the integral of the squared autocorrelation",
        "Wieland, S. and Bernardi, D. and Schwalger, T. and Lindner, B.",
        "Slow fluctuations in recurrent networks of spiking neurons",
        "Physical Review E",
        2015,
        "92",
        "040901",
        "10.1103/PhysRevE.92.040901",
        "variable:timescale_rho2",
    ),
    _article(
        "Sen1968",
        "slope of timescale on degree",
        "Sen, P. K.",
        "Estimates of the regression coefficient based on Kendall's tau",
        "Journal of the American Statistical Association",
        1968,
        "63",
        "1379--1389",
        "10.1080/01621459.1968.10480934",
        "job:timescales",
    ),
    _article(
        "MICrONS2025",
        "the MICrONS data",
        "{The MICrONS Consortium}",
        "Functional connectomics spanning multiple areas of mouse visual cortex",
        "Nature",
        2025,
        "640",
        "435--447",
        "10.1038/s41586-025-08790-w",
        "data:microns",
    ),
    _article(
        "Bezanson2017",
        "the Julia engine",
        "Bezanson, J. and Edelman, A. and Karpinski, S. and Shah, V. B.",
        "Julia: A fresh approach to numerical computing",
        "SIAM Review",
        2017,
        "59",
        "65--98",
        "10.1137/141000671",
        "engine:julia",
    ),
    _article(
        "Harris2020",
        "arrays",
        "Harris, C. R. and others",
        "Array programming with NumPy",
        "Nature",
        2020,
        "585",
        "357--362",
        "10.1038/s41586-020-2649-2",
    ),
    _article(
        "Virtanen2020",
        "sparse matrices, eigenvalues, quadrature",
        "Virtanen, P. and others",
        "SciPy 1.0: fundamental algorithms for scientific computing in Python",
        "Nature Methods",
        2020,
        "17",
        "261--272",
        "10.1038/s41592-019-0686-2",
    ),
    _article(
        "Hoyer2017",
        "labelled data",
        "Hoyer, S. and Hamman, J.",
        "xarray: N-D labeled arrays and datasets in Python",
        "Journal of Open Research Software",
        2017,
        "5",
        "10",
        "10.5334/jors.148",
        "data:netcdf",
    ),
    _article(
        "Hunter2007",
        "figures",
        "Hunter, J. D.",
        "Matplotlib: A 2D graphics environment",
        "Computing in Science \\& Engineering",
        2007,
        "9",
        "90--95",
        "10.1109/MCSE.2007.55",
        "data:figures",
    ),
)
