// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Kernels of elementwise ops on tensors of one dim, without a program around them.

#include <algorithm>
#include <initializer_list>
#include <span>
#include <vector>

#include <partita/interpret/kernel.hpp>
#include <partita/op.hpp>

namespace element_testing {

using partita::element_type;
using partita::interpret::array;
using partita::interpret::numerics;

/// A tensor whose elements are held as T.
template <class T>
array tensor(element_type e, std::initializer_list<T> values, numerics n = numerics::own) {
  const std::int64_t dims[] = {static_cast<std::int64_t>(values.size())};
  array a(e, dims, n);
  std::copy(values.begin(), values.end(), a.mutable_elements<T>().begin());
  return a;
}

/// Op O on these operands; one of a single element counts for all places.
template <class O, class... Attributes>
array apply(element_type result, const std::vector<array>& operands, numerics n = numerics::own,
            const Attributes&... attributes) {
  partita::interpret::element_signature s;
  partita::interpret::element_operand in[3];
  std::size_t widest = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    s.operands[i] = operands[i].element();
    if (operands[i].size() > operands[widest].size()) widest = i;
  }
  s.result = result;
  s.precision = n;
  array out(result, operands[widest].dims(), n);
  for (std::size_t i = 0; i < operands.size(); ++i)
    in[i] = {operands[i].data(), operands[i].size() == 1 && out.size() != 1 ? std::size_t{0} : std::size_t{1}};
  auto f = partita::interpret::kernel<O>::element(s, attributes...);
  f.signature = s;
  f(out.size(), in, out.mutable_data());
  return out;
}

template <class T>
std::vector<double> numbers(const array& a) {
  const auto elements = a.elements<T>();
  return {elements.begin(), elements.end()};
}

}  // namespace element_testing
