// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program as a search sees it: repeated layers folded, so that a choice decides for all of them at once and depth
// costs nothing, and analysed, so that there are few choices. With the way back to the program itself.

#include <cstdint>

#include <partita/search/choices.hpp>
#include <partita/search/evaluator.hpp>
#include <partita/search/fold.hpp>
#include <partita/support/sort.hpp>

namespace partita {

template <class Ops>
class search_ground {
 public:
  explicit search_ground(const basic_graph<Ops>& g) : search_ground(g, foldable(g)) {}
  search_ground(const search_ground&) = delete;
  search_ground& operator=(const search_ground&) = delete;

  /// The program with each layer for itself: for what is asked of single layers.
  struct unfolded_t {};
  search_ground(const basic_graph<Ops>& g, unfolded_t) : search_ground(g, fold(g, all_layers)) {}

  [[nodiscard]] const program_facts<Ops>& facts() const { return facts_; }
  [[nodiscard]] const program_analysis& analysis() const { return analysis_; }
  [[nodiscard]] const program_repeats& repeats() const { return repeats_; }

  /// The values of the program that a value of the folded one stands for.
  [[nodiscard]] list_view<value_id> originals(value_id folded) const {
    const std::uint32_t begin = first_original_[folded.index];
    return {originals_.data() + begin, first_original_[folded.index + 1] - begin};
  }
  /// Actions of the folded program as actions of the program.
  [[nodiscard]] plain_vector<action> unfold(list_view<action> actions) const {
    plain_vector<action> all;
    for (action a : actions) {
      for (const value_id v : originals(a.value)) {
        a.value = v;
        all.push_back(a);
      }
    }
    return all;
  }
  /// The other way round. False when they do not treat all layers alike.
  [[nodiscard]] bool fold_actions(list_view<action> actions, plain_vector<action>& folded) const {
    folded.clear();
    for (action a : actions) {
      a.value = folded_.values[a.value.index];
      if (!a.value) return false;
      folded.push_back(a);
    }
    const auto before = [](const action& a, const action& b) {
      return a.value.index != b.value.index ? a.value.index < b.value.index : a.axis < b.axis;
    };
    sort_in_place(folded, before);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < folded.size();) {
      const action a = folded[i];
      std::size_t end = i;
      while (end < folded.size() && folded[end].value == a.value && folded[end].axis == a.axis) {
        if (folded[end].kind != a.kind || folded[end].dim != a.dim) return false;
        ++end;
      }
      if (end - i != originals(a.value).size()) return false;
      folded[kept++] = a;
      i = end;
    }
    folded.resize(kept);
    return true;
  }

 private:
  static constexpr std::uint32_t all_layers = ~std::uint32_t{0};

  // Memory is that of the program only where layers stand side by side.
  static folded_program<Ops> foldable(const basic_graph<Ops>& g) {
    folded_program<Ops> folded = fold(g);
    return folded.is_contiguous() ? std::move(folded) : fold(g, all_layers);
  }

  search_ground(const basic_graph<Ops>& g, folded_program<Ops>&& folded)
      : folded_(std::move(folded)), facts_(folded_.graph), analysis_(facts_) {
    for (const folded_segment& s : folded_.segments) {
      if (s.times != 1) repeats_.segments.push_back({s.first, s.end, s.times});
    }
    repeats_.arguments = folded_.argument_counts;
    repeats_.results = folded_.result_counts;
    first_original_.assign(folded_.graph.value_count() + 1, 0);
    for (const value_id v : folded_.values) {
      if (v) ++first_original_[v.index + 1];
    }
    for (std::size_t i = 1; i < first_original_.size(); ++i) first_original_[i] += first_original_[i - 1];
    originals_.assign(first_original_.back(), {});
    plain_vector<std::uint32_t> next = first_original_;
    for (std::uint32_t v = 0; v < g.value_count(); ++v) {
      if (const value_id to = folded_.values[v]) originals_[next[to.index]++] = {v};
    }
  }

  folded_program<Ops> folded_;
  program_facts<Ops> facts_;
  program_analysis analysis_;
  program_repeats repeats_;
  plain_vector<std::uint32_t> first_original_;  // by value of the folded program
  plain_vector<value_id> originals_;
};

}  // namespace partita
