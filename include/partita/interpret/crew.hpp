// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Threads that work through lists together: the calling one and workers that wait between lists.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace partita::interpret {

class crew {
 public:
  /// @param threads how many work, the calling one included; with 1 no thread is made
  explicit crew(unsigned threads) {
    for (unsigned i = 1; i < threads; ++i) workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew() {
    for (std::jthread& w : workers_) w.request_stop();
    wake_.notify_all();
  }

  /// Calls f(0), ..., f(n - 1), each once, in any order, and returns when all are done. f throws nothing.
  void for_each(std::size_t n, const std::function<void(std::size_t)>& f) {
    if (workers_.empty() || n < 2) {
      for (std::size_t i = 0; i < n; ++i) f(i);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      task_ = &f;
      count_ = n;
      next_ = 0;
      busy_ = workers_.size();
      ++list_;
    }
    wake_.notify_all();
    take_items(f, n);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void take_items(const std::function<void(std::size_t)>& f, std::size_t n) {
    for (std::size_t i = next_++; i < n; i = next_++) f(i);
  }
  void work(const std::stop_token& stop) {
    std::size_t seen = 0;
    while (true) {
      const std::function<void(std::size_t)>* task = nullptr;
      std::size_t n = 0;
      {
        std::unique_lock lock(mutex_);
        if (!wake_.wait(lock, stop, [&] { return list_ != seen; })) return;
        seen = list_;
        task = task_;
        n = count_;
      }
      take_items(*task, n);
      const std::lock_guard lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable done_;
  const std::function<void(std::size_t)>* task_ = nullptr;
  std::size_t count_ = 0, list_ = 0, busy_ = 0;
  std::atomic<std::size_t> next_{0};
  std::vector<std::jthread> workers_;  // last: joined before what they use goes
};

}  // namespace partita::interpret
