// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Evaluation on several threads, for mcts with a batch and for iterated_greedy. Who includes this links threads.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <partita/search/problem.hpp>

namespace partita {

/// Threads that evaluate the leaves of a batch, each on a problem and with an evaluator of its own:
///
///     thread_workers<problem, direct_evaluation> workers(4, [&] { return problem(input); });
///     mcts search(p, mcts_options{.batch = 16}, direct_evaluation{});
///     search.continue_for(budget, {}, {}, workers);
///
/// The tree is the same with any number of threads: leaves are chosen before any is evaluated, and what they are worth
/// is added in the order in which they were chosen.
/// An exception of an evaluation ends the batch; that of the first leaf, in that order, reaches the caller.
template <Problem P, class E>
class thread_workers {
 public:
  /// `make()` gives a problem in the state in which the search has its own. Each thread has called it when this
  /// returns; what it throws is thrown here.
  template <class Make>
  thread_workers(std::size_t threads, Make make, const E& evaluator = {}) {
    if (threads == 0) threads = 1;
    busy_ = threads;
    threads_.reserve(threads);
    for (std::size_t t = 0; t < threads; ++t) {
      threads_.emplace_back([this, make, evaluator](const std::stop_token& stop) { work(stop, make, evaluator); });
    }
    std::unique_lock lock(mutex_);
    wait_for_all(lock);
  }
  thread_workers(const thread_workers&) = delete;
  thread_workers& operator=(const thread_workers&) = delete;

  /// Calls evaluate(problem, evaluator, i) for all i below count, and returns when all are done.
  template <class Evaluate>
  void operator()(P&, E&, std::size_t count, const Evaluate& evaluate) {
    run(count, evaluate, [this](auto& lock) { wait_for_all(lock); });
  }
  /// Calls evaluate(problem, evaluator, i, over) for all i below count, and asks meanwhile every ten milliseconds
  /// whether the search is over, here, on the caller's thread. From then on over() says so to all threads.
  template <class Evaluate, class Over>
  void operator()(P&, E&, std::size_t count, const Evaluate& evaluate, const Over& is_over) {
    std::atomic<bool> ended = false;
    const auto over = [&ended] { return ended.load(std::memory_order_relaxed); };
    const auto with_over = [&](P& p, E& e, std::size_t i) { evaluate(p, e, i, over); };
    run(count, with_over, [&](auto& lock) {
      while (!done_.wait_for(lock, std::chrono::milliseconds(10), [this] { return busy_ == 0; })) {
        lock.unlock();
        if (!over() && is_over()) ended = true;
        lock.lock();
      }
      wait_for_all(lock);
    });
  }
  [[nodiscard]] std::size_t threads() const { return threads_.size(); }

 private:
  template <class Evaluate, class Wait>
  void run(std::size_t count, const Evaluate& evaluate, const Wait& wait) {
    std::unique_lock lock(mutex_);
    context_ = &evaluate;
    call_ = [](const void* context, P& p, E& e, std::size_t i) { (*static_cast<const Evaluate*>(context))(p, e, i); };
    count_ = count;
    next_ = 0;
    busy_ = threads_.size();
    failed_at_ = count;
    failure_ = nullptr;
    ++round_;
    start_.notify_all();
    wait(lock);
  }
  void wait_for_all(std::unique_lock<std::mutex>& lock) {
    done_.wait(lock, [this] { return busy_ == 0; });
    if (!failure_) return;
    const std::exception_ptr failure = std::exchange(failure_, nullptr);
    lock.unlock();
    std::rethrow_exception(failure);
  }
  template <class Make>
  void work(const std::stop_token& stop, const Make& make, E evaluator) {
    std::size_t round = 0;
    bool made = false;
    try {
      P own = make();
      made = true;
      finish();
      while (next_round(stop, round)) {
        for (std::size_t i = next_++; i < count_; i = next_++) {
          try {
            call_(context_, own, evaluator, i);
          } catch (...) {
            fail(i);
          }
        }
        finish();
      }
    } catch (...) {
      if (made) throw;
      fail(0);
      finish();
    }
  }
  bool next_round(const std::stop_token& stop, std::size_t& round) {
    std::unique_lock lock(mutex_);
    if (!start_.wait(lock, stop, [&] { return round_ != round; })) return false;
    round = round_;
    return true;
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) done_.notify_one();
  }
  void fail(std::size_t i) {
    const std::lock_guard lock(mutex_);
    if (failure_ && i >= failed_at_) return;
    failed_at_ = i;
    failure_ = std::current_exception();
  }

  std::mutex mutex_;
  std::condition_variable_any start_;
  std::condition_variable done_;
  std::size_t round_ = 0, busy_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::size_t count_ = 0, failed_at_ = 0;
  const void* context_ = nullptr;
  void (*call_)(const void*, P&, E&, std::size_t) = nullptr;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace partita
