// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What decompositions give is checked by what defines it: products, orthogonality, order. No values are compared but
// those worked out by hand.
#include "matrix_testing.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

using namespace matrix_testing;

namespace {

using number = std::complex<double>;

/// A matrix of complex numbers, whatever it was made of.
struct matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<number> at;
  matrix(std::size_t r, std::size_t c) : rows(r), columns(c), at(r * c) {}
  number& operator()(std::size_t i, std::size_t j) { return at[i * columns + j]; }
  number operator()(std::size_t i, std::size_t j) const { return at[i * columns + j]; }
};
matrix operator*(const matrix& a, const matrix& b) {
  REQUIRE(a.columns == b.rows);
  matrix c(a.rows, b.columns);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < b.columns; ++j)
      for (std::size_t k = 0; k < a.columns; ++k) c(i, j) += a(i, k) * b(k, j);
  return c;
}
matrix adjoint(const matrix& a) {
  matrix c(a.columns, a.rows);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < a.columns; ++j) c(j, i) = std::conj(a(i, j));
  return c;
}
matrix identity(std::size_t n) {
  matrix c(n, n);
  for (std::size_t i = 0; i < n; ++i) c(i, i) = 1;
  return c;
}
matrix diagonal(const std::vector<number>& x, std::size_t rows, std::size_t columns) {
  matrix c(rows, columns);
  for (std::size_t i = 0; i < x.size(); ++i) c(i, i) = x[i];
  return c;
}
/// Columns [begin, end).
matrix columns_of(const matrix& a, std::size_t begin, std::size_t end) {
  matrix c(a.rows, end - begin);
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = begin; j < end; ++j) c(i, j - begin) = a(i, j);
  return c;
}
double distance(const matrix& a, const matrix& b) {
  REQUIRE(a.rows == b.rows);
  REQUIRE(a.columns == b.columns);
  double d = 0;
  for (std::size_t i = 0; i < a.at.size(); ++i) {
    const double x = std::abs(a.at[i] - b.at[i]);
    d = x <= d ? d : x;  // NaN counts
  }
  return d;
}
constexpr double exact = 1e-12;

/// Numbers of some pattern without symmetry, with imaginary parts if wanted.
matrix sample(std::size_t rows, std::size_t columns, bool imaginary, unsigned seed = 1) {
  matrix m(rows, columns);
  for (number& x : m.at) {
    const auto next = [&] {
      seed = seed * 1664525u + 1013904223u;
      return static_cast<double>(seed >> 20) / 1024 - 2;
    };
    const double re = next();
    x = {re, imaginary ? next() : 0};
  }
  return m;
}
matrix hermitian_sample(std::size_t n, bool imaginary, unsigned seed = 1) {
  const matrix a = sample(n, n, imaginary, seed), b = adjoint(a);
  matrix c(n, n);
  for (std::size_t i = 0; i < a.at.size(); ++i) c.at[i] = (a.at[i] + b.at[i]) / 2.0;
  return c;
}

std::string dims_text(const std::vector<std::int64_t>& dims) {
  std::string text;
  for (const auto d : dims) text += std::to_string(d) + "x";
  return text;
}

/// A call on batches of two matrices (lists), results as they come.
struct call {
  std::string target, config;
  bool imaginary = false;
  std::vector<array> operands;
  std::vector<std::string> operand_types, result_types;

  std::string own() const { return imaginary ? "complex<f64>" : "f64"; }
  std::string type(const std::vector<std::int64_t>& dims, const std::string& element) const {
    return "tensor<2x" + dims_text(dims) + element + ">";
  }
  call& take(const matrix& a, const matrix& b, bool list = false) {
    std::vector<std::int64_t> dims;
    if (!list) dims.push_back(static_cast<std::int64_t>(a.rows));
    dims.push_back(static_cast<std::int64_t>(list ? a.at.size() : a.columns));
    std::vector<number> all = a.at;
    all.insert(all.end(), b.at.begin(), b.at.end());
    std::vector<std::int64_t> sizes = dims;
    sizes.insert(sizes.begin(), 2);
    partita::size_list shape;
    for (const auto d : sizes) shape.push_back(d);
    if (imaginary) {
      array x(complex_f64, shape.view(), numerics::own);
      std::copy(all.begin(), all.end(), x.mutable_elements<number>().begin());
      operands.push_back(x);
    } else {
      array x(f64, shape.view(), numerics::own);
      for (std::size_t i = 0; i < all.size(); ++i) x.mutable_elements<double>()[i] = all[i].real();
      operands.push_back(x);
    }
    operand_types.push_back(type(dims, own()));
    return *this;
  }
  call& give(const std::vector<std::int64_t>& dims, const std::string& element) {
    result_types.push_back(type(dims, element));
    return *this;
  }
  call& give(const std::vector<std::int64_t>& dims) { return give(dims, own()); }
  call& status() {
    result_types.push_back("tensor<2xi32>");
    return *this;
  }

  [[nodiscard]] std::pair<std::string, std::string> program() const {
    const auto join = [](const std::vector<std::string>& list) {
      std::string text;
      for (const std::string& x : list) text += (text.empty() ? "" : ", ") + x;
      return text;
    };
    std::vector<std::string> arguments, names, results;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      names.push_back("%a" + std::to_string(i));
      arguments.push_back(names.back() + ": " + operand_types[i]);
    }
    const bool one = result_types.size() == 1;
    for (std::size_t i = 0; i < result_types.size(); ++i) results.push_back(one ? "%r" : "%r#" + std::to_string(i));
    const bool quoted = config.starts_with('"');
    return {"(" + join(arguments) + ") -> (" + join(result_types) + ")",
            "%r" + (one ? "" : ":" + std::to_string(result_types.size())) + " = stablehlo.custom_call @" + target +
                "(" + join(names) + ") {" +
                (quoted ? "backend_config = " + config : "mhlo.backend_config = {" + config + "}") + "} : (" +
                join(operand_types) + ") -> " + (one ? join(result_types) : "(" + join(result_types) + ")") +
                "\nreturn " + join(results) + " : " + join(result_types)};
  }
  [[nodiscard]] std::vector<array> run() const {
    const auto [signature, body] = program();
    return run_all(signature, body, operands);
  }
  [[nodiscard]] std::string refusal() const {
    const auto [signature, body] = program();
    return failure(signature, body, operands);
  }
};

/// Matrix b of a result; a list is one column.
matrix part(const array& a, std::size_t b) {
  const std::size_t rows = static_cast<std::size_t>(a.dims()[1]);
  const std::size_t columns = a.rank() < 3 ? 1 : static_cast<std::size_t>(a.dims()[2]);
  matrix m(rows, columns);
  for (std::size_t i = 0; i < m.at.size(); ++i) {
    const std::size_t k = b * m.at.size() + i;
    if (a.element() == complex_f64) m.at[i] = a.elements<number>()[k];
    if (a.element() == f64) m.at[i] = a.elements<double>()[k];
    if (a.element() == i32) m.at[i] = a.elements<std::int32_t>()[k];
  }
  return m;
}
bool ok(const array& status) { return numbers(status) == doubles{0, 0}; }

/// The product of reflections I - t v v^H whose vectors stand in the columns of a, `down` rows below the diagonal.
matrix reflections(const matrix& a, const matrix& factors, std::size_t down = 0) {
  matrix q = identity(a.rows);
  for (std::size_t k = 0; k < factors.rows; ++k) {
    matrix v(a.rows, 1);
    v(k + down, 0) = 1;
    for (std::size_t i = k + down + 1; i < a.rows; ++i) v(i, 0) = a(i, k);
    matrix h = v * adjoint(v);
    for (std::size_t i = 0; i < h.at.size(); ++i) h.at[i] = identity(a.rows).at[i] - factors.at[k] * h.at[i];
    q = q * h;
  }
  return q;
}
matrix upper_part(matrix a, std::size_t down = 0) {
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j + down < i && j < a.columns; ++j) a(i, j) = 0;
  return a;
}

}  // namespace

TEST_CASE("eigenvalues of Hermitian matrices ascend, with orthonormal eigenvectors, from either triangle") {
  for (const bool imaginary : {false, true}) {
    for (const bool lower : {false, true}) {
      const matrix a[] = {hermitian_sample(5, imaginary), hermitian_sample(5, imaginary, 7)};
      matrix given[] = {a[0], a[1]};
      for (matrix& m : given) {  // the other triangle is not read
        for (std::size_t i = 0; i < 5; ++i)
          for (std::size_t j = 0; j < i; ++j) (lower ? m(j, i) : m(i, j)) = std::nan("");
      }
      const std::string uplo = lower ? "76" : "85", flag = lower ? "true" : "false";
      const std::string lapack = imaginary ? "lapack_zheevd_ffi" : "lapack_dsyevd_ffi";
      for (const auto& form :
           {std::pair<std::string, std::string>{lapack, "mode = 86 : ui8, uplo = " + uplo + " : ui8"},
            {"cusolver_syevd_ffi", "algorithm = 0 : ui8, lower = " + flag},
            {"hipsolver_syevd_ffi", "algorithm = 0 : ui8, lower = " + flag},
            {"Eigh", lower ? "\"1,1,100,1e-6\"" : "\"0,1,100,1e-6\""}}) {
        const std::string target = form.first, config = form.second;
        CAPTURE(target);
        call c{target, config, imaginary, {}, {}, {}};
        c.take(given[0], given[1]).give({5, 5}).give({5}, "f64");
        if (target != "Eigh") c.status();
        const auto results = c.run();
        if (target != "Eigh") CHECK(ok(results[2]));
        for (std::size_t b = 0; b < 2; ++b) {
          const matrix v = part(results[0], b), w = part(results[1], b);
          CHECK(distance(a[b] * v, v * diagonal(w.at, 5, 5)) < exact);
          CHECK(distance(adjoint(v) * v, identity(5)) < exact);
          for (std::size_t i = 0; i + 1 < 5; ++i) CHECK(w.at[i].real() <= w.at[i + 1].real());
        }
      }
    }
  }
}

TEST_CASE("a matrix with NaN has no eigenvalues and no singular values, and a status that says so") {
  matrix a = hermitian_sample(3, false);
  a(2, 0) = std::nan("");
  call c{"lapack_dsyevd_ffi", "mode = 86 : ui8, uplo = 76 : ui8", false, {}, {}, {}};
  const auto eigen = c.take(identity(3), a).give({3, 3}).give({3}).status().run();
  CHECK(numbers(eigen[2]) == doubles{0, 1});
  CHECK(part(eigen[1], 0).at == std::vector<number>{1, 1, 1});
  CHECK(std::isnan(part(eigen[1], 1).at[0].real()));
  call s{"lapack_dgesdd_ffi", "mode = 65 : ui8", false, {}, {}, {}};
  const auto singular = s.take(identity(3), a).give({3, 3}).give({3}).give({3, 3}).give({3, 3}).status().run();
  CHECK(numbers(singular[4]) == doubles{0, 1});
  CHECK(std::isnan(part(singular[1], 1).at[2].real()));
}

TEST_CASE("singular values descend, with orthonormal vectors, of tall and wide matrices, all vectors or those needed") {
  for (const bool imaginary : {false, true}) {
    for (const auto& [m, n] : {std::pair<std::size_t, std::size_t>{5, 3}, {3, 5}, {4, 4}}) {
      for (const bool full : {false, true}) {
        const std::size_t k = std::min(m, n);
        const matrix a[] = {sample(m, n, imaginary), sample(m, n, imaginary, 9)};
        const auto M = static_cast<std::int64_t>(m), N = static_cast<std::int64_t>(n), K = static_cast<std::int64_t>(k);
        const std::string flags = "compute_uv = true, full_matrices = " + std::string(full ? "true" : "false");
        struct form {
          std::string target, config;
          bool columns, exchanged;
        };
        for (const form& f :
             {form{imaginary ? "lapack_zgesdd_ffi" : "lapack_dgesdd_ffi",
                   "mode = " + std::string(full ? "65" : "83") + " : ui8", false, false},
              form{imaginary ? "lapack_zgesvd_ffi" : "lapack_dgesvd_ffi",
                   "mode = " + std::string(full ? "65" : "83") + " : ui8", false, false},
              form{"cusolver_gesvdj_ffi", flags, true, false}, form{"cusolver_gesvdp_ffi", flags, true, false},
              form{"cusolver_gesvd_ffi", flags + ", transposed = false", false, false},
              form{"hipsolver_gesvd_ffi", flags + ", transposed = true", false, true}}) {
          CAPTURE(f.target);
          call c{f.target, f.config, imaginary, {}, {}, {}};
          c.take(a[0], a[1]).give({M, N}).give({K}, "f64");
          const std::vector<std::int64_t> u_dims{M, full ? M : K};
          const std::int64_t of_v = full ? N : K;
          const std::vector<std::int64_t> v_dims =
              f.columns ? std::vector<std::int64_t>{N, of_v} : std::vector<std::int64_t>{of_v, N};
          c.give(f.exchanged ? v_dims : u_dims).give(f.exchanged ? u_dims : v_dims).status();
          const auto results = c.run();
          CHECK(ok(results[4]));
          for (std::size_t b = 0; b < 2; ++b) {
            const matrix s = part(results[1], b), u = part(results[f.exchanged ? 3 : 2], b);
            const matrix given = part(results[f.exchanged ? 2 : 3], b), vh = f.columns ? adjoint(given) : given;
            CHECK(distance(u * diagonal(s.at, u.columns, vh.rows) * vh, a[b]) < exact);
            CHECK(distance(adjoint(u) * u, identity(u.columns)) < exact);
            CHECK(distance(vh * adjoint(vh), identity(vh.rows)) < exact);
            for (std::size_t i = 0; i < k; ++i) CHECK(s.at[i].real() >= (i + 1 < k ? s.at[i + 1].real() : 0));
          }
        }
        call c{imaginary ? "lapack_zgesdd_ffi" : "lapack_dgesdd_ffi", "mode = 78 : ui8", imaginary, {}, {}, {}};
        const auto results = c.take(a[0], a[1]).give({M, N}).give({K}, "f64").give({M, M}).give({N, N}).status().run();
        double squares = 0, norm = 0;
        for (const number& s : part(results[1], 0).at) squares += std::norm(s);
        for (const number& x : a[0].at) norm += std::norm(x);
        CHECK(std::abs(squares - norm) < exact * norm);
      }
    }
  }
}

TEST_CASE("eigenvalues of any matrix have left and right eigenvectors of length 1, conjugate ones next to each other") {
  for (const bool imaginary : {false, true}) {
    matrix turn(4, 4);  // a rotation by 90 degrees, and an eigenvalue 3 twice with one eigenvector
    turn(0, 1) = -1;
    turn(1, 0) = turn(2, 3) = 1;
    turn(2, 2) = turn(3, 3) = 3;
    const matrix a[] = {sample(4, 4, imaginary, 3), turn};
    const std::string letters = "compute_left = 86 : ui8, compute_right = 86 : ui8",
                      flags = "left = true, magma = \"auto\", right = true";
    for (const auto& form :
         {std::pair<std::string, std::string>{imaginary ? "lapack_zgeev_ffi" : "lapack_dgeev_ffi", letters},
          {imaginary ? "cuhybrid_eig_comp" : "cuhybrid_eig_real", flags},
          {imaginary ? "hiphybrid_eig_comp" : "hiphybrid_eig_real", flags}}) {
      const std::string target = form.first, config = form.second;
      CAPTURE(target);
      call c{target, config, imaginary, {}, {}, {}};
      c.take(a[0], a[1]).give({4});
      if (!imaginary) c.give({4});
      c.give({4, 4}, "complex<f64>").give({4, 4}, "complex<f64>").status();
      const auto results = c.run();
      const std::size_t at = imaginary ? 1 : 2;
      CHECK(ok(results[at + 2]));
      for (std::size_t b = 0; b < 2; ++b) {
        matrix w = part(results[0], b);
        for (std::size_t i = 0; !imaginary && i < 4; ++i) w.at[i] += number(0, 1) * part(results[1], b).at[i];
        const matrix u = part(results[at], b), v = part(results[at + 1], b), values = diagonal(w.at, 4, 4);
        // An eigenvalue that stands twice is exact to half the digits only.
        const double good = b == 0 ? exact : 1e-7;
        CHECK(distance(a[b] * v, v * values) < good);
        CHECK(distance(adjoint(u) * a[b], values * adjoint(u)) < good);
        number trace = 0, sum = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          trace += a[b](i, i);
          sum += w.at[i];
          for (const matrix& x : {u, v}) {
            const matrix column = columns_of(x, i, i + 1);
            CHECK(distance(adjoint(column) * column, identity(1)) < exact);
            const number largest = *std::max_element(column.at.begin(), column.at.end(),
                                                     [](number p, number q) { return std::abs(p) < std::abs(q); });
            CHECK(std::abs(largest.imag()) < 1e-8);
            if (imaginary || w.at[i].imag() != 0) continue;
            for (const number& p : column.at) CHECK(p.imag() == 0);
          }
          if (imaginary || w.at[i].imag() <= 0) continue;
          REQUIRE(i + 1 < 4);
          CHECK(w.at[i + 1] == std::conj(w.at[i]));
          for (std::size_t k = 0; k < 4; ++k) CHECK(v(k, i + 1) == std::conj(v(k, i)));
        }
        CHECK(std::abs(trace - sum) < 1e-7);
      }
    }
    // The eigenvalues of the second matrix, by hand: i, -i, 3, 3; and what is not asked for is zero.
    call c{imaginary ? "lapack_zgeev_ffi" : "lapack_dgeev_ffi",
           "compute_left = 78 : ui8, compute_right = 78 : ui8",
           imaginary,
           {},
           {},
           {}};
    c.take(turn, turn).give({4});
    if (!imaginary) c.give({4});
    const auto results = c.give({4, 4}, "complex<f64>").give({4, 4}, "complex<f64>").status().run();
    matrix w = part(results[0], 0);
    for (std::size_t i = 0; !imaginary && i < 4; ++i) w.at[i] += number(0, 1) * part(results[1], 0).at[i];
    for (const number& wanted : {number(0, 1), number(0, -1), number(3, 0)}) {
      CHECK(std::any_of(w.at.begin(), w.at.end(), [&](number x) { return std::abs(x - wanted) < 1e-7; }));
    }
    CHECK(part(results[imaginary ? 2 : 3], 1).at == std::vector<number>(16));
  }
}

TEST_CASE("Schur forms are triangular but for 2 x 2 blocks with equal diagonal elements") {
  for (const bool imaginary : {false, true}) {
    const matrix a[] = {sample(6, 6, imaginary, 5), sample(6, 6, imaginary, 11)};
    call c{
        imaginary ? "lapack_zgees_ffi" : "lapack_dgees_ffi", "mode = 86 : ui8, sort = 78 : ui8", imaginary, {}, {}, {}};
    c.take(a[0], a[1]).give({6, 6}).give({6, 6}).give({6});
    if (!imaginary) c.give({6});
    const auto results = c.status().status().run();
    CHECK(ok(results[imaginary ? 4 : 5]));
    std::size_t blocks = 0;
    for (std::size_t b = 0; b < 2; ++b) {
      const matrix t = part(results[0], b), u = part(results[1], b);
      CHECK(distance(u * t * adjoint(u), a[b]) < exact);
      CHECK(distance(adjoint(u) * u, identity(6)) < exact);
      CHECK(distance(upper_part(t, imaginary ? 0 : 1), t) == 0);
      for (std::size_t i = 0; i + 1 < 6; ++i) {
        if (t(i + 1, i) == 0.0) {
          if (imaginary) CHECK(part(results[2], b).at[i] == t(i, i));
          continue;
        }
        ++blocks;
        CHECK(t(i, i) == t(i + 1, i + 1));
        CHECK(t(i, i + 1).real() * t(i + 1, i).real() < 0);
        CHECK(part(results[2], b).at[i] == t(i, i));
        CHECK(std::abs(std::pow(part(results[3], b).at[i], 2) + t(i, i + 1) * t(i + 1, i)) < exact);
      }
    }
    CHECK((blocks > 0) == !imaginary);
    c.config = "mode = 86 : ui8, sort = 83 : ui8";
    CHECK(c.refusal().find("sort other than 'N'") != std::string::npos);
  }
}

TEST_CASE("QR factors of LAPACK, GPUs and TPUs, with columns in order of length if asked for, and products with Q") {
  for (const bool imaginary : {false, true}) {
    for (const auto& [m, n] : {std::pair<std::size_t, std::size_t>{5, 3}, {3, 5}}) {
      const matrix a[] = {sample(m, n, imaginary), sample(m, n, imaginary, 9)};
      const std::size_t k = std::min(m, n);
      const auto M = static_cast<std::int64_t>(m), N = static_cast<std::int64_t>(n), K = static_cast<std::int64_t>(k);
      for (const std::string target :
           {imaginary ? "lapack_zgeqrf_ffi" : "lapack_dgeqrf_ffi", "cusolver_geqrf_ffi", "Qr"}) {
        CAPTURE(target);
        call c{target, target == "Qr" ? "\"\"" : "", imaginary, {}, {}, {}};
        const auto results = c.take(a[0], a[1]).give({M, N}).give({K}).run();
        for (std::size_t b = 0; b < 2; ++b) {
          const matrix packed = part(results[0], b), q = reflections(packed, part(results[1], b));
          CHECK(distance(q * upper_part(packed), a[b]) < exact);
          CHECK(distance(adjoint(q) * q, identity(m)) < exact);
        }
        if (m < n) continue;
        for (const std::string form : {imaginary ? "lapack_zungqr_ffi" : "lapack_dorgqr_ffi", "hipsolver_orgqr_ffi",
                                       "ProductOfElementaryHouseholderReflectors"}) {
          call orgqr{form, "", imaginary, {}, {}, {}};
          orgqr.take(part(results[0], 0), part(results[0], 1)).take(part(results[1], 0), part(results[1], 1), true);
          const matrix q = reflections(part(results[0], 1), part(results[1], 1));
          CHECK(distance(part(orgqr.give({M, N}).run()[0], 1), columns_of(q, 0, n)) < exact);
        }
        for (const bool left : {false, true}) {
          for (const bool flip : {false, true}) {
            const matrix other[] = {left ? sample(m, 2, imaginary, 4) : sample(2, m, imaginary, 4),
                                    left ? sample(m, 2, imaginary, 6) : sample(2, m, imaginary, 6)};
            call ormqr{imaginary ? "cusolver_ormqr_ffi" : "lapack_dormqr_ffi",
                       "left = " + std::string(left ? "true" : "false") + ", transpose = " + (flip ? "true" : "false"),
                       imaginary,
                       {},
                       {},
                       {}};
            ormqr.take(part(results[0], 0), part(results[0], 1)).take(part(results[1], 0), part(results[1], 1), true);
            ormqr.take(other[0], other[1]).give({left ? M : 2, left ? 2 : M});
            const auto product = ormqr.run();
            const matrix whole = reflections(part(results[0], 1), part(results[1], 1)),
                         q = flip ? adjoint(whole) : whole;
            CHECK(distance(part(product[0], 1), left ? q * other[1] : other[1] * q) < exact);
          }
        }
      }
      for (const std::string target : {imaginary ? "lapack_zgeqp3_ffi" : "lapack_dgeqp3_ffi", "cuhybrid_geqp3"}) {
        call c{target, "magma = \"auto\"", imaginary, {}, {}, {}};
        c.take(a[0], a[1]);
        c.operands.push_back(array_of(i32, {2, N}, doubles(2 * n, 0)));
        c.operand_types.push_back(c.type({N}, "i32"));
        const auto results = c.give({M, N}).give({N}, "i32").give({K}).run();
        for (std::size_t b = 0; b < 2; ++b) {
          const matrix packed = part(results[0], b), order = part(results[1], b);
          const matrix qr = reflections(packed, part(results[2], b)) * upper_part(packed);
          for (std::size_t j = 0; j < n; ++j) {
            const auto from = static_cast<std::size_t>(order.at[j].real()) - 1;
            CHECK(distance(columns_of(qr, j, j + 1), columns_of(a[b], from, from + 1)) < exact);
            if (j + 1 < k) CHECK(std::abs(packed(j, j)) >= std::abs(packed(j + 1, j + 1)));
          }
        }
        c.operands[1] = array_of(i32, {2, N}, doubles(2 * n, 1));
        CHECK(c.refusal().find("columns that are to come first") != std::string::npos);
      }
    }
  }
}

TEST_CASE("Hessenberg and tridiagonal forms are similar to what they were made of") {
  for (const bool imaginary : {false, true}) {
    const matrix a[] = {sample(5, 5, imaginary), sample(5, 5, imaginary, 9)};
    call c{
        imaginary ? "lapack_zgehrd_ffi" : "lapack_dgehrd_ffi", "high = 5 : i32, low = 1 : i32", imaginary, {}, {}, {}};
    const auto results = c.take(a[0], a[1]).give({5, 5}).give({4}).status().run();
    for (std::size_t b = 0; b < 2; ++b) {
      const matrix packed = part(results[0], b), q = reflections(packed, part(results[1], b), 1);
      CHECK(distance(q * upper_part(packed, 1) * adjoint(q), a[b]) < exact);
      CHECK(distance(adjoint(q) * q, identity(5)) < exact);
    }
    c.config = "high = 6 : i32, low = 1 : i32";
    CHECK(c.refusal().find("low <= high <= 5") != std::string::npos);

    const matrix h[] = {hermitian_sample(5, imaginary), hermitian_sample(5, imaginary, 9)};
    for (const bool lower : {true, false}) {
      for (const bool gpu : {false, true}) {
        const std::string letter = lower ? "uplo = 76 : ui8" : "uplo = 85 : ui8",
                          flag = lower ? "lower = true" : "lower = false";
        call t{gpu         ? "cusolver_sytrd_ffi"
               : imaginary ? "lapack_zhetrd_ffi"
                           : "lapack_dsytrd_ffi",
               gpu ? flag : letter,
               imaginary,
               {},
               {},
               {}};
        t.take(h[0], h[1]).give({5, 5}).give({5}, "f64").give({4}, "f64").give({4}).status();
        const auto found = t.run();
        CHECK(ok(found[4]));
        for (std::size_t b = 0; b < 2; ++b) {
          const matrix packed = part(found[0], b), d = part(found[1], b), e = part(found[2], b);
          matrix factors = part(found[3], b), tridiagonal = diagonal(d.at, 5, 5), vectors = packed;
          for (std::size_t i = 0; i < 4; ++i) tridiagonal(i + 1, i) = tridiagonal(i, i + 1) = e.at[i];
          matrix q = identity(5);
          if (lower) {
            q = reflections(packed, factors, 1);
          } else {  // LAPACK: Q = H(4) ... H(1), the vector of H(i) ends in row i, in column i + 1
            for (std::size_t i = 4; i-- > 0;) {
              matrix v(5, 1);
              v(i, 0) = 1;
              for (std::size_t r = 0; r < i; ++r) v(r, 0) = packed(r, i + 1);
              matrix outer = v * adjoint(v), one = identity(5);
              for (std::size_t k = 0; k < 25; ++k) one.at[k] -= factors.at[i] * outer.at[k];
              q = q * one;
            }
          }
          CHECK(distance(q * tridiagonal * adjoint(q), h[b]) < exact);
          CHECK(distance(adjoint(q) * q, identity(5)) < exact);
        }
      }
    }
  }
}

TEST_CASE("tridiagonal systems are solved with rows exchanged; one without a solution has a status") {
  for (const bool imaginary : {false, true}) {
    for (const std::string target :
         {imaginary ? "lapack_zgtsv_ffi" : "lapack_dgtsv_ffi", "cusparse_gtsv2_ffi", "hipsparse_gtsv2_ffi"}) {
      CAPTURE(target);
      matrix lists[3] = {sample(6, 1, imaginary, 3), sample(6, 1, imaginary, 4), sample(6, 1, imaginary, 5)};
      lists[1].at[0] = lists[1].at[3] = 0;  // rows must be exchanged
      const matrix b = sample(6, 2, imaginary, 6);
      matrix a(6, 6), none(6, 1);
      for (std::size_t i = 0; i < 6; ++i) {
        a(i, i) = lists[1].at[i];
        if (i > 0) a(i, i - 1) = lists[0].at[i];
        if (i < 5) a(i, i + 1) = lists[2].at[i];
      }
      call c{target, "", imaginary, {}, {}, {}};
      for (const matrix& list : lists) c.take(list, none, true);
      c.take(b, b);
      const bool all = target.starts_with("lapack");
      if (all) c.give({6}).give({6}).give({6});
      c.give({6, 2});
      if (all) c.status();
      const auto results = c.run();
      CHECK(distance(a * part(results[all ? 3 : 0], 0), b) < 1e-11);
      if (all) CHECK(numbers(results[4]) == doubles{0, 1});
      if (!all) CHECK(std::isnan(part(results[0], 1).at[0].real()));
    }
  }
}

TEST_CASE("LU factors of TPUs number pivots from 0 and come with the permutation that they make") {
  const matrix a[] = {sample(4, 3, false), sample(4, 3, false, 9)};
  call c{"LuDecomposition", "\"\"", false, {}, {}, {}};
  const auto results = c.take(a[0], a[1]).give({4, 3}).give({3}, "i32").give({4}, "i32").run();
  for (std::size_t b = 0; b < 2; ++b) {
    const matrix lu = part(results[0], b), order = part(results[2], b);
    matrix lower = identity(4), upper = upper_part(lu);
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 3 && j < i; ++j) lower(i, j) = lu(i, j);
    const matrix product = columns_of(lower, 0, 4) * upper;
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 3; ++j)
        CHECK(std::abs(product(i, j) - a[b](static_cast<std::size_t>(order.at[i].real()), j)) < exact);
    }
  }
  // Rows 0 and 2 change places, then rows 1 and 2: 0 1 2 3 becomes 2 1 0 3, then 2 0 1 3.
  for (const std::string target : {"cu_lu_pivots_to_permutation", "hip_lu_pivots_to_permutation"}) {
    CHECK(run("(%a: tensor<2x2xi32>) -> tensor<2x4xi32>",
              "%r = stablehlo.custom_call @" + target +
                  "(%a) {mhlo.backend_config = {}} : (tensor<2x2xi32>) -> "
                  "tensor<2x4xi32>\nreturn %r : tensor<2x4xi32>",
              {array_of(i32, {2, 2}, {2, 2, 0, 1})}) == doubles{2, 0, 1, 3, 0, 1, 2, 3});
  }
}

TEST_CASE("matrices without rows or columns have nothing to decompose") {
  call eigen{"lapack_dgeev_ffi", "compute_left = 86 : ui8, compute_right = 86 : ui8", false, {}, {}, {}};
  eigen.take(matrix(0, 0), matrix(0, 0)).give({0}).give({0});
  CHECK(ok(eigen.give({0, 0}, "complex<f64>").give({0, 0}, "complex<f64>").status().run()[4]));
  call singular{"lapack_dgesdd_ffi", "mode = 65 : ui8", false, {}, {}, {}};
  singular.take(matrix(3, 0), matrix(3, 0)).give({3, 0}).give({0}).give({3, 3}).give({0, 0}).status();
  CHECK(part(singular.run()[2], 1).at == identity(3).at);
  call hessenberg{"lapack_dgehrd_ffi", "high = 0 : i32, low = 1 : i32", false, {}, {}, {}};
  CHECK(ok(hessenberg.take(matrix(0, 0), matrix(0, 0)).give({0, 0}).give({0}).status().run()[2]));
}

TEST_CASE("a call of LAPACK with other types or configurations than it has is refused") {
  call c{"lapack_dsyevd_ffi", "mode = 86 : ui8", false, {}, {}, {}};
  c.take(identity(3), identity(3)).give({3, 3}).give({3}).status();
  CHECK(c.refusal().find("must say whether lower") != std::string::npos);
  c.config = "mode = 86 : ui8, uplo = 76 : ui8";
  c.result_types[1] = "tensor<2x4xf64>";
  CHECK(c.refusal().find("result 1 cannot be tensor<2x4xf64>") != std::string::npos);
  c.result_types[1] = "tensor<2x3xf32>";
  CHECK(c.refusal().find("result 1 cannot be tensor<2x3xf32>") != std::string::npos);
  call wide{"lapack_dgees_ffi", "mode = 86 : ui8, sort = 78 : ui8", false, {}, {}, {}};
  wide.take(sample(2, 3, false), sample(2, 3, false)).give({2, 3}).give({2, 3}).give({2}).give({2}).status().status();
  CHECK(wide.refusal().find("needs square matrices but gets tensor<2x2x3xf64>") != std::string::npos);
}
