// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iterated greedy search on several threads. Who includes this links threads.

#include <concepts>
#include <cstddef>
#include <thread>

#include <partita/search/iterated_greedy.hpp>
#include <partita/search/parallel.hpp>

namespace partita {

/// iterated_greedy on several threads, each with a copy of the problem. Finds what it finds alone, to the last digit.
///
///     partition(step, mesh, automatic<"batch">(), target, options, parallel_greedy{{.seed = 7}, 4});
///
/// The observer and the stop token are called on the caller's thread only.
struct parallel_greedy {
  iterated_greedy search;
  std::size_t threads = std::thread::hardware_concurrency();

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
    requires std::copy_constructible<P>
  search_result<outcome_of<P>> operator()(P& p, const search_budget& budget, const Observer& observer = {},
                                          const Stop& stop = {}) const {
    if (threads < 2) return search(p, budget, observer, stop);
    thread_workers<P, iterated_greedy::walker> workers(threads, [&p] { return p; });
    return search(p, budget, observer, stop, workers);
  }
};

}  // namespace partita
