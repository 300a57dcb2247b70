// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// schedule: what expressions over tactics and schedule files come down to, as flat data. A schedule is one
// or more alternatives; an alternative is a sequence of tactics; a tactic is a set of terms. Expressions are
// normalised on the way here, so that the laws of the algebra are equalities of schedules.

#include <cstdint>
#include <string_view>

#include <partita/mesh/axis.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>
#include <partita/support/text_pool.hpp>
#include <partita/tactic/combinators.hpp>
#include <partita/tactic/goal.hpp>

namespace partita {

enum class term_kind : std::uint8_t { shard, pin, automatic };
enum class selector_kind : std::uint8_t { path, tagged, made_by, predicate };
enum class dim_kind : std::uint8_t { number, first_divisible, replicated, unknown, callable };

/// Which dim of a selected value a term splits.
struct dim_choice {
  dim_kind kind = dim_kind::unknown;
  std::int32_t number = 0;  ///< the dim, or for a callable which one

  [[nodiscard]] friend constexpr bool operator==(const dim_choice&, const dim_choice&) = default;
};

/// Which values a term is about.
struct selector {
  selector_kind kind = selector_kind::path;
  text_id text;                ///< a path or glob, a tag, or a glob over values inside
  std::uint32_t callable = 0;  ///< which predicate
};

/// One wish of a tactic.
struct term {
  static constexpr std::uint32_t no_place = ~std::uint32_t{0};

  term_kind kind = term_kind::shard;
  text_id axis;                    ///< of shard and pin
  selector values;                 ///< of shard and pin
  dim_choice dim;                  ///< of shard
  std::uint32_t automatic = 0;     ///< of automatic: see schedule::automatic
  std::uint32_t place = no_place;  ///< offset in schedule::source, for messages
};

/// What a search is to do: over which axes, to what end. Without axes it only gives alternatives a goal.
struct automatic_wish {
  static_vector<text_id, max_axes> axes;
  goal wanted;
};

/// A named set of terms that are carried out together, followed by one propagation.
struct tactic_entry {
  text_id name;  ///< a name, or empty: see name_of(schedule, number)
  std::uint32_t first_term = 0, term_count = 0;
};

class schedule : public tactic_base {
 public:
  static constexpr bool has_alternatives = false;  ///< its type shows none; see alternative_count
  static constexpr bool has_automatic = true;      ///< its type does not say that it has none
  static constexpr bool has_callables = false;     ///< it knows their numbers only

  /// The schedule that does nothing.
  constexpr schedule() { ends_.push_back(0); }

  /// Number of ways through the schedule: 1 unless it was written with |.
  [[nodiscard]] constexpr std::size_t alternative_count() const { return ends_.size(); }
  /// Numbers of the tactics of one alternative, in order.
  [[nodiscard]] constexpr list_view<std::uint32_t> sequence(std::size_t alternative = 0) const {
    const std::uint32_t begin = alternative == 0 ? 0 : ends_[alternative - 1];
    const std::uint32_t end = ends_[alternative];
    return begin == end ? list_view<std::uint32_t>{}
                        : list_view<std::uint32_t>{order_.data() + begin, end - begin};
  }

  [[nodiscard]] constexpr std::size_t tactic_count() const { return tactics_.size(); }
  [[nodiscard]] constexpr const tactic_entry& tactic(std::uint32_t number) const { return tactics_[number]; }
  [[nodiscard]] constexpr list_view<term> terms(std::uint32_t number) const {
    const tactic_entry& t = tactics_[number];
    return {terms_.data() + t.first_term, t.term_count};
  }
  /// The wish of an automatic tactic, which has one term; null for a manual one.
  [[nodiscard]] constexpr const automatic_wish* automatic(std::uint32_t number) const {
    const term& first = terms_[tactics_[number].first_term];
    return first.kind == term_kind::automatic ? &automatics_[first.automatic] : nullptr;
  }
  [[nodiscard]] constexpr const automatic_wish& automatic(const term& t) const { return automatics_[t.automatic]; }
  /// The last tactic of an alternative that has a goal; none if none has.
  [[nodiscard]] constexpr std::uint32_t last_automatic(std::size_t alternative = 0) const {
    const auto tactics = sequence(alternative);
    for (std::size_t i = tactics.size(); i-- > 0;) {
      if (automatic(tactics[i]) != nullptr) return tactics[i];
    }
    return none;
  }
  /// A tactic whose goal chooses among alternatives: the last one with a goal in one of them; none if none has.
  [[nodiscard]] constexpr std::uint32_t chooser() const {
    std::uint32_t found = none;
    for (std::size_t a = 0; a < alternative_count() && found == none; ++a) found = last_automatic(a);
    return found;
  }
  static constexpr std::uint32_t none = ~std::uint32_t{0};  ///< no tactic

  [[nodiscard]] constexpr std::string_view text(text_id t) const { return texts_[t]; }

  /// The text that the schedule was read from and what the reader called it; empty for C++ expressions.
  [[nodiscard]] constexpr std::string_view source() const { return texts_[source_]; }
  [[nodiscard]] constexpr std::string_view source_name() const { return texts_[source_name_]; }

  /// Same alternatives with the same tactics, whatever the order of terms within a tactic and whatever the
  /// names. Predicates and callables are compared by their position only.
  [[nodiscard]] friend constexpr bool operator==(const schedule& a, const schedule& b) {
    if (a.ends_.size() != b.ends_.size() || a.order_.size() != b.order_.size()) return false;
    for (std::size_t i = 0; i < a.ends_.size(); ++i) {
      if (a.ends_[i] != b.ends_[i]) return false;
    }
    // Tactics are numbered by first appearance, so equal schedules order theirs alike.
    plain_vector<std::uint32_t> twin;
    twin.assign(a.tactics_.size(), none);
    for (std::size_t i = 0; i < a.order_.size(); ++i) {
      const std::uint32_t t = a.order_[i];
      if (twin[t] == b.order_[i]) continue;
      if (!equal_tactics(a, t, b, b.order_[i])) return false;
      twin[t] = b.order_[i];
    }
    return true;
  }

  constexpr void for_each_term(auto&&) const {}
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.import(*this);
  }

 private:
  friend class schedule_builder;

  /// Total order of terms by what they say, the same in every schedule. Automatic terms stand alone in their
  /// tactic and are not ordered.
  static constexpr int compare(const schedule& a, const term& x, const schedule& b, const term& y) {
    if (x.kind != y.kind) return x.kind < y.kind ? -1 : 1;
    if (const int c = a.text(x.axis).compare(b.text(y.axis)); c != 0) return c;
    if (x.values.kind != y.values.kind) return x.values.kind < y.values.kind ? -1 : 1;
    if (const int c = a.text(x.values.text).compare(b.text(y.values.text)); c != 0) return c;
    if (x.values.callable != y.values.callable) return x.values.callable < y.values.callable ? -1 : 1;
    if (x.dim.kind != y.dim.kind) return x.dim.kind < y.dim.kind ? -1 : 1;
    return x.dim.number == y.dim.number ? 0 : x.dim.number < y.dim.number ? -1 : 1;
  }
  constexpr plain_vector<std::uint32_t> sorted_terms(std::uint32_t number) const {
    plain_vector<std::uint32_t> sorted;
    const tactic_entry& t = tactics_[number];
    for (std::uint32_t i = 0; i < t.term_count; ++i) sorted.push_back(t.first_term + i);
    sort_in_place(sorted, [this](std::uint32_t x, std::uint32_t y) {
      return compare(*this, terms_[x], *this, terms_[y]) < 0;
    });
    return sorted;
  }
  static constexpr bool equal_automatics(const schedule& a, const automatic_wish& x, const schedule& b,
                                         const automatic_wish& y) {
    if (x.axes.size() != y.axes.size() || !(x.wanted == y.wanted)) return false;
    for (std::size_t i = 0; i < x.axes.size(); ++i) {
      if (a.text(x.axes[i]) != b.text(y.axes[i])) return false;
    }
    return true;
  }
  static constexpr bool equal_tactics(const schedule& a, std::uint32_t x, const schedule& b, std::uint32_t y) {
    if (a.tactics_[x].term_count != b.tactics_[y].term_count) return false;
    const automatic_wish* const wish_a = a.automatic(x);
    const automatic_wish* const wish_b = b.automatic(y);
    if (wish_a != nullptr || wish_b != nullptr) {
      return wish_a != nullptr && wish_b != nullptr && equal_automatics(a, *wish_a, b, *wish_b);
    }
    const auto terms_a = a.sorted_terms(x), terms_b = b.sorted_terms(y);
    for (std::size_t i = 0; i < terms_a.size(); ++i) {
      if (compare(a, a.terms_[terms_a[i]], b, b.terms_[terms_b[i]]) != 0) return false;
    }
    return true;
  }

  text_pool texts_;
  plain_vector<term> terms_;
  plain_vector<automatic_wish> automatics_;
  plain_vector<tactic_entry> tactics_;
  plain_vector<std::uint32_t> order_;  // tactics of all alternatives, one after the other
  plain_vector<std::uint32_t> ends_;   // where each alternative ends in order_
  text_id source_, source_name_;
};

}  // namespace partita
