// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Test programs that run functions side by side (StableHLO's dialect interpreter: run_parallel). programs is a matrix
// of functions, [[@a, @b], [@c, @d]]: a row for each replica, a column for each partition. Operands are dealt to them
// row by row, as many as each takes, and results come back in the same order.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/interpret/devices.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// The names in a matrix of functions, without @ and quotes. Fails when it is none.
[[nodiscard]] inline std::vector<std::vector<std::string>> function_matrix(const invocation& call,
                                                                           std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[') {
      if (++depth == 2) rows.emplace_back();
    } else if (c == ']') {
      --depth;
    } else if (c == '@' && depth == 2) {
      const bool quoted = i + 1 < text.size() && text[i + 1] == '"';
      const std::size_t first = i + (quoted ? 2 : 1);
      const std::size_t last = std::min(text.find_first_of(quoted ? "\"" : ",] \t\r\n", first), text.size());
      rows.back().emplace_back(text.substr(first, last - first));
      i = quoted ? last : last - 1;
    } else if (c != ',' && c != ' ' && c != '\n' && c != '\t' && c != '\r') {
      depth = -1;
    }
    if (depth < 0 || depth > 2) break;
  }
  bool even = depth == 0 && !rows.empty() && !rows[0].empty();
  for (const auto& row : rows) even = even && row.size() == rows[0].size();
  if (!even) call.fail("programs must be a matrix of functions such as [[@a, @b], [@c, @d]], not " + std::string(text));
  return rows;
}

[[nodiscard]] inline bool fits(const array& a, const type_view& t) {
  if (a.element() != t.element) return false;
  if (!t.is_tensor()) return true;
  bool same = a.rank() == t.rank();
  for (std::size_t d = 0; same && d < t.rank(); ++d) same = t.dims[d] == dynamic_size || t.dims[d] == a.dims()[d];
  return same;
}

}  // namespace detail

template <>
struct kernel<op::interpreter_run_parallel> {
  static void run(invocation& call, const op::interpreter_run_parallel::attributes& a) {
    if (!call.op().graph().text(a.infeed.text).empty()) call.fail("data fed in from the host is not supported");
    const auto names = detail::function_matrix(call, call.op().graph().text(a.programs.text));
    std::vector<const program*> programs;
    std::vector<std::vector<array>> arguments;
    std::size_t next = 0;
    for (const auto& row : names) {
      for (const std::string& name : row) {
        const program* const p = call.device().functions() == nullptr ? nullptr : call.device().functions()->find(name);
        if (p == nullptr) call.fail("the module has no function @" + name);
        programs.push_back(p);
        arguments.emplace_back();
        for (const value_id v : p->graph().arguments()) {
          if (next == call.operand_count())
            call.fail("has " + std::to_string(next) + " operands, but its functions take more");
          const array& given = call.operand(next);
          if (!detail::fits(given, p->graph().type(v))) {
            call.fail("operand " + std::to_string(next) + " is " + to_string(given.type()) + ", but @" + name +
                      " takes " + to_string(p->graph().type(v)));
          }
          arguments.back().push_back(given);
          ++next;
        }
      }
    }
    if (next != call.operand_count())
      call.fail("has " + std::to_string(call.operand_count()) + " operands, but its functions take " +
                std::to_string(next));
    const device_grid grid{static_cast<std::uint32_t>(names.size()), static_cast<std::uint32_t>(names[0].size()), {}};
    devices all(programs, grid, call.precision(), {}, {}, call.device().functions());
    std::size_t result = 0;
    for (std::vector<array>& of_device : all.run(std::move(arguments))) {
      for (array& r : of_device) {
        if (result == call.results().size()) call.fail("its functions return more than its results");
        call.set(result++, std::move(r));
      }
    }
    if (result != call.results().size()) call.fail("its functions return fewer values than it has results");
  }
};

}  // namespace partita::interpret
