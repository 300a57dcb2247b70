// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The most memory that a program needs at once when its ops run in program order, every value is freed after
// its last use, and fused values are never stored.

#include <cstdint>

#include <partita/simulate/fusion.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// Peak memory of a program on one device, in bytes, by liveness. An object can be asked again and again and keeps its
/// memory.
///
/// * Arguments live throughout, except donated ones, which are freed after their last use; results live to the end.
///   So does a constant that is no splat: it is part of the program.
/// * A fused op keeps its operands alive until the groups that compute it have run.
/// * Views, and values that a loop carries unchanged, share their operand's buffer. An elementwise op, a reduction, a
///   scatter or a collective may write a result over an operand of its size that it is the last to use.
/// * A loop takes over the buffers of carried values that nothing else uses and copies the others; in its body they
///   are freed and made anew like any value. Branches are alternatives: the largest counts.
class liveness {
 public:
  /// @param donated one entry per argument of the program: 1 if its buffer is the program's to reuse
  [[nodiscard]] constexpr std::int64_t peak(const task_list& list, const fusion_plan& fusion, list_view<std::uint8_t> donated) {
    list_ = &list;
    fusion_ = &fusion;
    buffers_.assign(list.values.size(), {});
    constants_ = 0;
    flat_ = list.regions.size() == 1;
    const region& body = list.regions[0];
    for (std::uint32_t i = 0; i < body.argument_count; ++i) own(body.first_argument + i);
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < list.tasks.size(); ++i) {
      if (!list.tasks[i].stored) {
        assign(i);
        continue;
      }
      while (next < list.repeats.size() && list.repeats[next].end <= i) ++next;
      const bool repeats = next < list.repeats.size() && list.repeats[next].begin <= i;
      const std::int64_t times = repeats ? list.repeats[next].times : 1;
      constants_ = checked_add(constants_, checked_multiply(list.result_bytes(list.tasks[i]), times));
    }
    find_last_uses();
    for (std::uint32_t i = 0; i < body.argument_count; ++i) {
      buffer& b = buffers_[body.first_argument + i];
      if (donated[i] == 0 || b.last_use == never) b.last_use = always;
    }
    first_death_.assign(list.tasks.size(), none);
    for (std::uint32_t v = 0; v < buffers_.size(); ++v) {
      buffer& b = buffers_[v];
      if (b.owner != v || b.last_use == never || b.last_use == always) continue;
      b.next_death = first_death_[b.last_use - 1];
      first_death_[b.last_use - 1] = v;
    }
    live_ = peak_ = 0;
    grow(constants_);
    for (std::uint32_t i = 0; i < body.argument_count; ++i) {
      const std::int64_t count = list.argument_counts.empty() ? 1 : list.argument_counts[i];
      grow(checked_multiply(bytes(body.first_argument + i), count));
    }
    run(0);
    return peak_;
  }

 private:
  using task = task_list::task;
  using region = task_list::region;
  static constexpr std::uint32_t none = task_list::none;
  static constexpr std::uint32_t never = 0, always = none;

  struct buffer {
    std::uint32_t owner = none;       // value whose memory this is; none: not stored
    std::uint32_t last_use = never;   // 1 + the task, in the owner's region, after which the memory is free
    std::uint32_t next_death = none;  // value that is free after the same task
    bool freed = false;
  };

  [[nodiscard]] constexpr std::int64_t bytes(std::uint32_t v) const { return list_->values[v].bytes; }
  [[nodiscard]] constexpr std::uint32_t home(std::uint32_t v) const { return list_->values[v].region; }
  constexpr void own(std::uint32_t v) { buffers_[v].owner = v; }
  constexpr void share(std::uint32_t v, std::uint32_t with) { buffers_[v].owner = buffers_[with].owner; }
  [[nodiscard]] constexpr bool owns(std::uint32_t v) const { return buffers_[v].owner == v; }
  [[nodiscard]] constexpr bool carries_unchanged(const region& body, std::uint32_t k) const {
    return list_->results_of(body)[k] == body.first_argument + k;
  }
  [[nodiscard]] static constexpr bool loops(const task& t) { return t.loop && t.region_count == 2; }

  // --- who owns the memory of a value ----------------------------------------------------------------------

  constexpr void assign(std::uint32_t i) {
    const task& t = list_->tasks[i];
    const auto operands = list_->operands_of(t);
    if (loops(t)) {
      const region& condition = list_->regions[t.first_region];
      const region& body = list_->regions[t.first_region + 1];
      for (std::uint32_t k = 0; k < operands.size(); ++k) {
        const bool unchanged = carries_unchanged(body, k);
        share(condition.first_argument + k, operands[k]);
        for (const std::uint32_t v : {body.first_argument + k, t.first_result + k}) {
          if (unchanged) {
            share(v, operands[k]);
          } else {
            own(v);
          }
        }
      }
      return;
    }
    if (fusion_->fused(i)) return;
    for (std::uint32_t k = 0; k < t.result_count; ++k) {
      if (t.view) {
        share(t.first_result + k, operands[k]);
      } else {
        own(t.first_result + k);
      }
    }
  }

  // --- last uses, from the last task back ------------------------------------------------------------------

  // Where something is used is 1 + the number of the task, so that what is never used is before all else.

  /// v is used at `at` or, if v is from further out, by the task of v's region around it.
  constexpr void use(std::uint32_t v, std::uint32_t at) {
    while (!flat_ && region_of(at) != home(v)) at = list_->regions[region_of(at)].owner + 1;
    extend(v, at);
  }
  [[nodiscard]] constexpr std::uint32_t region_of(std::uint32_t at) const { return list_->tasks[at - 1].region; }
  constexpr void extend(std::uint32_t v, std::uint32_t at) {
    buffer& b = buffers_[v];
    if (b.last_use < at) b.last_use = at;
    if (b.owner == none || b.owner == v) return;
    // The owner may be from further out than v.
    if (at == always || flat_ || home(b.owner) == region_of(at)) {
      buffer& owner = buffers_[b.owner];
      if (owner.last_use < at) owner.last_use = at;
    } else {
      use(b.owner, at);
    }
  }

  constexpr void find_last_uses() {
    for (std::uint32_t r = 0; r < list_->regions.size(); ++r) {
      for (const std::uint32_t v : list_->results_of(list_->regions[r])) return_from(r, v);
    }
    for (std::uint32_t i = static_cast<std::uint32_t>(list_->tasks.size()); i-- > 0;) {
      const task& t = list_->tasks[i];
      const bool fused = fusion_->fused(i);
      const std::uint32_t at = fused ? buffers_[t.first_result].last_use : i + 1;
      for (const std::uint32_t v : list_->operands_of(t)) use(v, at);
      if (fused) continue;
      for (std::uint32_t k = 0; k < t.result_count; ++k) {
        const std::uint32_t v = t.first_result + k;
        if (owns(v) && buffers_[v].last_use == never) buffers_[v].last_use = i + 1;
      }
    }
  }

  /// v, a result of region r, is needed until r ends.
  constexpr void return_from(std::uint32_t r, std::uint32_t v) {
    const std::uint32_t around = list_->regions[r].owner;
    if (around == none) {
      extend(v, always);
    } else if (home(v) == r) {
      buffers_[v].last_use = always;
      const std::uint32_t owner = buffers_[v].owner;
      if (owner == none || owner == v) return;
      if (home(owner) == r) {
        buffers_[owner].last_use = always;
      } else {
        use(owner, around + 1);
      }
    } else {
      use(v, around + 1);
    }
  }

  // --- running ---------------------------------------------------------------------------------------------

  constexpr void grow(std::int64_t bytes) {
    live_ = checked_add(live_, bytes);
    if (live_ > peak_) peak_ = live_;
  }
  constexpr void release(std::uint32_t v) {
    buffer& b = buffers_[v];
    if (!b.freed) live_ -= bytes(v);
    b.freed = true;
  }

  constexpr void run(std::uint32_t r) {
    list_->for_each_stretch(r, [this](std::uint32_t begin, std::uint32_t end, std::uint32_t times) {
      // Each run leaves as much more, or less, behind: the peak is in the first or in the last one.
      const std::int64_t live = live_, peak = peak_;
      peak_ = live_;
      run(begin, end);
      const std::int64_t more = (live_ - live) * (std::int64_t{times} - 1);
      live_ += more;
      if (more > 0) peak_ = checked_add(peak_, more);
      if (peak > peak_) peak_ = peak;
    });
  }
  constexpr void run(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t i = begin; i < end; i = list_->tasks[i].end) {
      if (fusion_->fused(i)) continue;
      const task& t = list_->tasks[i];
      if (loops(t)) {
        run_loop(i, t);
      } else {
        if (t.loop || t.branches) run_branches(t);
        write_results(i, t);
      }
      for (std::uint32_t v = first_death_[i]; v != none; v = buffers_[v].next_death) release(v);
    }
  }

  constexpr void write_results(std::uint32_t i, const task& t) {
    for (std::uint32_t v = t.first_result; v < t.first_result + t.result_count; ++v) {
      if (!owns(v)) continue;
      if (t.overwrites) release_one(i, bytes(v));
      grow(bytes(v));
    }
  }
  /// Frees one buffer of this size that dies at task i.
  constexpr void release_one(std::uint32_t i, std::int64_t size) {
    for (std::uint32_t v = first_death_[i]; v != none; v = buffers_[v].next_death) {
      if (buffers_[v].freed || list_->values[v].maker == i || bytes(v) != size) continue;
      release(v);
      return;
    }
  }

  constexpr void run_branches(const task& t) {
    const std::int64_t before = live_;
    for (std::uint32_t k = 0; k < t.region_count; ++k) {
      run(t.first_region + k);
      live_ = before;
    }
  }

  constexpr void run_loop(std::uint32_t i, const task& t) {
    const region& body = list_->regions[t.first_region + 1];
    const auto operands = list_->operands_of(t);
    std::int64_t carried = 0;
    for (std::uint32_t k = 0; k < operands.size(); ++k) {
      const std::uint32_t argument = body.first_argument + k;
      if (!owns(argument)) continue;
      const std::uint32_t owner = buffers_[operands[k]].owner;
      // Taken over when nothing else uses it, copied otherwise.
      if (owner != none && buffers_[owner].last_use == i + 1) release(owner);
      grow(bytes(argument));
      carried = checked_add(carried, bytes(argument));
    }
    const std::int64_t before = live_;
    run(t.first_region);
    live_ = before;
    for (std::uint32_t k = 0; k < body.argument_count; ++k) {
      const std::uint32_t v = body.first_argument + k;
      if (owns(v) && buffers_[v].last_use == never) release(v);
    }
    run(t.first_region + 1);
    live_ = before - carried;
    for (std::uint32_t k = 0; k < t.result_count; ++k) {
      if (owns(t.first_result + k)) grow(bytes(t.first_result + k));
    }
  }

  const task_list* list_ = nullptr;
  const fusion_plan* fusion_ = nullptr;
  plain_vector<buffer> buffers_;             // by value
  plain_vector<std::uint32_t> first_death_;  // by task: a buffer that is free after it
  std::int64_t constants_ = 0, live_ = 0, peak_ = 0;
  bool flat_ = false;                        // all tasks stand in one region
};

}  // namespace partita
