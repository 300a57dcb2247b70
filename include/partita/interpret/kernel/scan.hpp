// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A loop over the slices of its inputs along one dim that carries values (CHLO: scan). The body takes a slice of each
// input, without the dim, and the carried values; it returns a slice of each output and the new carried values.

#include <cstdint>
#include <string>
#include <vector>

#include <partita/interpret/kernel/strides.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

template <>
struct kernel<op::chlo::scan> {
  static void run(invocation& call, const op::chlo::scan::attributes& a) {
    const graph_base& g = call.op().graph();
    if (call.op().region_count() != 1) call.fail("must have one region");
    const region_id body = call.op().region(0);
    const auto arguments = g.arguments(body);
    const auto body_results = g.results(body);
    if (arguments.size() != call.operand_count() || body_results.size() != call.op().result_count()) {
      call.fail("its region must take " + std::to_string(call.operand_count()) + " values and return " +
                std::to_string(call.op().result_count()));
    }
    // Inputs come first: their slices have one dim less. Initial values go into the body as they are.
    std::size_t inputs = 0;
    while (inputs < arguments.size() && call.operand(inputs).rank() == g.type(arguments[inputs]).rank() + 1) ++inputs;
    const std::size_t carries = arguments.size() - inputs;
    if (inputs == 0 || carries > body_results.size())
      call.fail("takes inputs of one rank more than the slices that its region takes, then initial values");
    const std::size_t outputs = body_results.size() - carries;

    std::int64_t length = -1;
    std::vector<array> values(arguments.size());
    for (std::size_t i = 0; i < inputs; ++i) {
      const array& input = call.operand(i);
      if (a.dimension < 0 || a.dimension >= static_cast<std::int64_t>(input.rank()))
        call.fail("dimension " + std::to_string(a.dimension) + " is none of " + to_string(input.type()));
      const std::int64_t size = input.dims()[static_cast<std::size_t>(a.dimension)];
      if (length >= 0 && size != length) call.fail("inputs must have one size along the scanned dim");
      length = size;
    }
    for (std::size_t i = inputs; i < arguments.size(); ++i) values[i] = call.take(i);

    std::vector<array> out(outputs);
    for (std::int64_t step = 0; step < length; ++step) {
      const std::int64_t at = a.is_reverse ? length - 1 - step : step;
      for (std::size_t i = 0; i < inputs; ++i) values[i] = slice_at(call, call.operand(i), a.dimension, at);
      const std::vector<array> results = call.call(body, values);
      for (std::size_t i = 0; i < outputs; ++i) store(call, results[i], a.dimension, at, length, out[i]);
      for (std::size_t i = 0; i < carries; ++i) values[inputs + i] = results[outputs + i];
    }
    for (std::size_t i = 0; i < outputs; ++i) call.set(i, length == 0 ? call.make_result(i) : std::move(out[i]));
    for (std::size_t i = 0; i < carries; ++i) call.set(outputs + i, std::move(values[inputs + i]));
  }

 private:
  // Loops over one slice: position 0 in the slice, 1 in the tensor that has the dim too.
  static detail::loops<2> slice_loops(const size_list& whole, std::size_t dimension) {
    size_list part = whole;
    part.erase(dimension);
    const size_list part_steps = detail::row_major_steps(part), steps = detail::row_major_steps(whole);
    detail::loops<2> all;
    for (std::size_t d = 0; d < whole.size(); ++d) {
      if (d != dimension) all.add(whole[d], {part_steps[d < dimension ? d : d - 1], steps[d]});
    }
    return all;
  }
  static array slice_at(invocation& call, const array& input, std::int64_t dimension, std::int64_t at) {
    const auto d = static_cast<std::size_t>(dimension);
    size_list part = input.dims();
    part.erase(d);
    array slice(input.element(), part.view(), call.precision());
    const std::int64_t step = detail::row_major_steps(input.dims())[d];
    // The loops read what they call position 0: here that is the whole.
    detail::loops<2> all;
    const detail::loops<2> along = slice_loops(input.dims(), d);
    for (std::size_t k = 0; k < along.rank(); ++k) all.add(along.size(k), {along.steps(k)[1], along.steps(k)[0]});
    detail::copy_elements(all, input, at * step, slice, 0);
    return slice;
  }
  static void store(invocation& call, const array& slice, std::int64_t dimension, std::int64_t at, std::int64_t length,
                    array& out) {
    const auto d = static_cast<std::size_t>(dimension);
    if (out.empty()) {
      size_list whole = slice.dims();
      if (d > whole.size()) call.fail("an output of its region has too few dims for dimension " + std::to_string(d));
      whole.insert(d, length);
      out = array(slice.element(), whole.view(), call.precision());
    }
    size_list part = out.dims();
    part.erase(d);
    if (!(part == slice.dims())) call.fail("its region returns slices of different shapes");
    detail::copy_elements(slice_loops(out.dims(), d), slice, 0, out, at * detail::row_major_steps(out.dims())[d]);
  }
};

}  // namespace partita::interpret
