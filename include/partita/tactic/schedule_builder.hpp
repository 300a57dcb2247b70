// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes schedules: the one meaning of the operators on tactics, for C++ expressions and for text alike.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <partita/mesh/text_place.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>
#include <partita/tactic/print_term.hpp>
#include <partita/tactic/schedule.hpp>

namespace partita {

namespace detail {

/// Where in a schedule's text an error is. Nowhere for C++ expressions.
struct schedule_place {
  std::string_view file, text;
  std::size_t offset = 0;
};

[[nodiscard]] inline std::string message_at(const schedule_place& where, const std::string& message) {
  return where.text.empty() ? message : message_at(where.file, where.text, where.offset, message);
}

[[noreturn]] inline void together_takes_single_tactics_but_here_is_a_sequence(const schedule_place& where) {
  throw schedule_error(message_at(where,
                                  "a sequence (>> or repeat) cannot be joined by *: the actions of joined tactics "
                                  "run at once; write the sequence outside, as in (a * b) >> c"));
}
[[noreturn]] inline void together_takes_manual_tactics_but_here_is_an_automatic_one(const schedule_place& where) {
  throw schedule_error(message_at(where,
                                  "an automatic tactic cannot be joined by *: it runs alone; write a >> "
                                  "automatic<...>(...)"));
}
[[noreturn]] inline void schedule_has_too_many_alternatives(const schedule_place& where) {
  throw schedule_error(message_at(where, "the schedule has more than 10000 alternatives once | is multiplied out"));
}
[[noreturn]] inline void schedule_has_too_many_tactics(const schedule_place& where) {
  throw schedule_error(message_at(where, "a sequence of the schedule has more than 10000 tactics"));
}
[[noreturn]] inline void schedule_is_too_large(const schedule_place& where) {
  throw schedule_error(message_at(where,
                                  "the schedule has more than 1000000 terms and tactics once names, repeats "
                                  "and alternatives are written out"));
}

}  // namespace detail

/// Limits of a schedule, so that a short text cannot stand for an endless one.
inline constexpr std::size_t max_alternatives = 10'000;
inline constexpr std::size_t max_sequence = 10'000;     ///< tactics in one alternative
inline constexpr std::size_t max_schedule = 1'000'000;  ///< terms and tactics in all

class schedule_builder {
 public:
  /// A part of the schedule: alternatives of sequences of tactics.
  struct fragment {
    plain_vector<std::uint32_t> order, ends;

    [[nodiscard]] constexpr list_view<std::uint32_t> sequence(std::size_t alternative) const {
      const std::uint32_t begin = alternative == 0 ? 0 : ends[alternative - 1];
      return begin == ends[alternative]
                 ? list_view<std::uint32_t>{}
                 : list_view<std::uint32_t>{order.data() + begin, ends[alternative] - begin};
    }
  };

  constexpr schedule_builder() = default;
  /// A builder for a schedule that is read from text.
  constexpr schedule_builder(std::string_view text, std::string_view name) : text_(text), name_(name) {
    made_.source_ = made_.texts_.intern(text);
    made_.source_name_ = made_.texts_.intern(name);
  }

  [[nodiscard]] constexpr text_id intern(std::string_view text) { return made_.texts_.intern(text); }
  /// A number for a further predicate or callable.
  [[nodiscard]] constexpr std::uint32_t next_callable() { return callables_++; }
  /// Errors from here on are about this place in the text.
  constexpr void set_place(std::size_t offset) { offset_ = offset; }

  [[nodiscard]] constexpr fragment skip() const {
    fragment f;
    f.ends.push_back(0);
    return f;
  }
  /// A tactic of one term. A shard along dim `replicated` is a pin.
  [[nodiscard]] constexpr fragment leaf(term t) {
    if (t.kind == term_kind::shard && t.dim.kind == dim_kind::replicated) t.kind = term_kind::pin;
    if (t.kind == term_kind::pin) t.dim = {dim_kind::replicated, 0};
    const tactic_entry entry{{}, static_cast<std::uint32_t>(made_.terms_.size()), 1};
    grow(2);
    made_.terms_.push_back(t);
    return single(entry);
  }
  [[nodiscard]] constexpr fragment automatic(const automatic_wish& wish, std::uint32_t place = term::no_place) {
    term t;
    t.kind = term_kind::automatic;
    t.automatic = static_cast<std::uint32_t>(made_.automatics_.size());
    t.place = place;
    made_.automatics_.push_back(wish);
    return leaf(t);
  }

  [[nodiscard]] constexpr fragment then(list_view<fragment> parts) {
    fragment all = skip();
    for (const fragment& part : parts) append(all, part);
    return all;
  }
  [[nodiscard]] constexpr fragment repeat(const fragment& part, std::int64_t count) {
    if (count > static_cast<std::int64_t>(max_sequence) && !part.order.empty()) {
      detail::schedule_has_too_many_tactics(place());
    }
    fragment all = skip();
    for (std::int64_t i = 0; i < count && !part.order.empty(); ++i) append(all, part);
    return all;
  }
  [[nodiscard]] constexpr fragment either(list_view<fragment> parts) {
    fragment all;
    for (const fragment& part : parts) {
      if (all.ends.size() + part.ends.size() > max_alternatives) detail::schedule_has_too_many_alternatives(place());
      grow(part.order.size() + part.ends.size());
      const auto shift = static_cast<std::uint32_t>(all.order.size());
      all.order.append(part.order);
      for (const std::uint32_t end : part.ends) all.ends.push_back(shift + end);
    }
    return all;
  }
  /// Joins tactics; of alternatives, each with each.
  [[nodiscard]] constexpr fragment together(list_view<fragment> parts) {
    std::size_t combinations = 1;
    for (const fragment& part : parts) {
      if (part.ends.size() > max_alternatives / combinations) detail::schedule_has_too_many_alternatives(place());
      combinations *= part.ends.size();
    }
    fragment all;
    plain_vector<std::uint32_t> chosen;
    for (std::size_t c = 0; c < combinations; ++c) {
      chosen.clear();
      std::size_t rest = c, block = combinations;
      for (const fragment& part : parts) {  // the last part changes fastest
        block /= part.ends.size();
        const auto sequence = part.sequence(rest / block);
        rest %= block;
        if (sequence.size() > 1) detail::together_takes_single_tactics_but_here_is_a_sequence(place());
        if (!sequence.empty()) chosen.push_back(sequence[0]);
      }
      if (!chosen.empty()) all.order.push_back(join(chosen));
      all.ends.push_back(static_cast<std::uint32_t>(all.order.size()));
    }
    return all;
  }
  /// The same under a name, when it is a single tactic.
  [[nodiscard]] constexpr fragment named(std::string_view name, const fragment& part) {
    grow(part.order.size() + part.ends.size());
    if (part.ends.size() != 1 || part.order.size() != 1) return part;
    tactic_entry entry = made_.tactics_[part.order[0]];
    entry.name = intern(name);
    return single(entry);
  }

  /// A schedule made elsewhere as a part of this one. Its places in text are forgotten, and so are its
  /// predicates and callables: what had any throws when it is resolved.
  [[nodiscard]] constexpr fragment import(const schedule& other) {
    const auto first = static_cast<std::uint32_t>(made_.tactics_.size());
    const auto first_term = static_cast<std::uint32_t>(made_.terms_.size());
    const auto first_wish = static_cast<std::uint32_t>(made_.automatics_.size());
    grow(other.terms_.size() + other.tactics_.size() + other.order_.size());
    const auto moved = [&](text_id t) { return intern(other.text(t)); };
    for (automatic_wish wish : other.automatics_) {
      for (text_id& a : wish.axes) a = moved(a);
      made_.automatics_.push_back(wish);
    }
    for (term t : other.terms_) {
      t.axis = moved(t.axis);
      t.values.text = moved(t.values.text);
      t.automatic += t.kind == term_kind::automatic ? first_wish : 0;
      t.place = term::no_place;
      if (t.values.kind == selector_kind::predicate) t.values.callable = no_callable;
      if (t.dim.kind == dim_kind::callable) t.dim.number = -1;
      made_.terms_.push_back(t);
    }
    for (tactic_entry entry : other.tactics_) {
      entry.name = moved(entry.name);
      entry.first_term += first_term;
      made_.tactics_.push_back(entry);
    }
    fragment all;
    for (const std::uint32_t t : other.order_) all.order.push_back(first + t);
    all.ends = other.ends_;
    return all;
  }
  static constexpr std::uint32_t no_callable = ~std::uint32_t{0};

  /// The schedule, with only the tactics that it uses, numbered by first appearance.
  [[nodiscard]] constexpr schedule finish(const fragment& whole) const {
    schedule s;
    s.texts_ = made_.texts_;
    s.automatics_ = made_.automatics_;
    s.source_ = made_.source_;
    s.source_name_ = made_.source_name_;
    s.ends_ = whole.ends;
    plain_vector<std::uint32_t> number;
    number.assign(made_.tactics_.size(), no_callable);
    for (const std::uint32_t t : whole.order) {
      if (number[t] == no_callable) {
        number[t] = static_cast<std::uint32_t>(s.tactics_.size());
        tactic_entry entry = made_.tactics_[t];
        const auto terms = made_.terms(t);
        entry.first_term = static_cast<std::uint32_t>(s.terms_.size());
        s.terms_.append(terms);
        s.tactics_.push_back(entry);
      }
      s.order_.push_back(number[t]);
    }
    return s;
  }

 private:
  [[nodiscard]] constexpr detail::schedule_place place() const { return {name_, text_, offset_}; }

  constexpr void grow(std::size_t items) {
    size_ += items;
    if (size_ > max_schedule) detail::schedule_is_too_large(place());
  }

  constexpr fragment single(const tactic_entry& entry) {
    fragment f;
    f.order.push_back(static_cast<std::uint32_t>(made_.tactics_.size()));
    f.ends.push_back(1);
    made_.tactics_.push_back(entry);
    return f;
  }

  /// all = all >> part
  constexpr void append(fragment& all, const fragment& part) {
    if (all.ends.size() == 1 && part.ends.size() == 1) {
      if (all.order.size() + part.order.size() > max_sequence) detail::schedule_has_too_many_tactics(place());
      grow(part.order.size());
      all.order.append(part.order);
      all.ends[0] = static_cast<std::uint32_t>(all.order.size());
      return;
    }
    if (part.ends.size() > max_alternatives / all.ends.size()) detail::schedule_has_too_many_alternatives(place());
    fragment product;
    for (std::size_t i = 0; i < all.ends.size(); ++i) {
      for (std::size_t j = 0; j < part.ends.size(); ++j) {
        const auto head = all.sequence(i), tail = part.sequence(j);
        if (head.size() + tail.size() > max_sequence) detail::schedule_has_too_many_tactics(place());
        grow(head.size() + tail.size() + 1);
        product.order.append(head);
        product.order.append(tail);
        product.ends.push_back(static_cast<std::uint32_t>(product.order.size()));
      }
    }
    all = std::move(product);
  }

  /// One tactic with the terms of all, each once, in the order in which they were written.
  constexpr std::uint32_t join(list_view<std::uint32_t> tactics) {
    bool all_the_same = true, any_named = false;
    std::size_t count = 0;
    for (const std::uint32_t t : tactics) {
      all_the_same = all_the_same && t == tactics[0];
      any_named = any_named || made_.tactics_[t].name.index != 0;
      count += made_.tactics_[t].term_count;
    }
    if (all_the_same) return tactics[0];
    grow(count + 1);
    for (const std::uint32_t t : tactics) {
      if (made_.automatic(t) != nullptr) {
        detail::together_takes_manual_tactics_but_here_is_an_automatic_one(place());
      }
    }
    tactic_entry entry{any_named ? joined_name(tactics) : text_id{}, static_cast<std::uint32_t>(made_.terms_.size()),
                       0};
    for (const std::uint32_t t : tactics) {
      for (std::uint32_t i = 0; i < made_.tactics_[t].term_count; ++i) {
        const term copy = made_.terms_[made_.tactics_[t].first_term + i];
        made_.terms_.push_back(copy);
        ++entry.term_count;
      }
    }
    drop_repeated(entry);
    made_.tactics_.push_back(entry);
    return static_cast<std::uint32_t>(made_.tactics_.size() - 1);
  }

  constexpr void drop_repeated(tactic_entry& entry) {
    plain_vector<std::uint32_t> sorted;
    for (std::uint32_t i = 0; i < entry.term_count; ++i) sorted.push_back(entry.first_term + i);
    const auto order = [this](std::uint32_t x, std::uint32_t y) {
      return schedule::compare(made_, made_.terms_[x], made_, made_.terms_[y]);
    };
    sort_in_place(sorted, [&](std::uint32_t x, std::uint32_t y) {
      const int c = order(x, y);
      return c != 0 ? c < 0 : x < y;
    });
    plain_vector<std::uint8_t> repeated;
    repeated.assign(entry.term_count, 0);
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (order(sorted[i - 1], sorted[i]) == 0) repeated[sorted[i] - entry.first_term] = 1;
    }
    std::uint32_t kept = entry.first_term;
    for (std::uint32_t i = 0; i < entry.term_count; ++i) {
      if (repeated[i] == 0) made_.terms_[kept++] = made_.terms_[entry.first_term + i];
    }
    entry.term_count = kept - entry.first_term;
    made_.terms_.resize(kept);
  }

  constexpr text_id joined_name(list_view<std::uint32_t> tactics) {
    plain_vector<char> name;
    for (const std::uint32_t t : tactics) {
      if (!name.empty()) detail::append_text(name, " * ");
      if (made_.tactics_[t].name.index != 0) {
        detail::append_text(name, made_.text(made_.tactics_[t].name));
      } else {
        detail::append_terms(name, made_, t);
      }
    }
    return intern({name.data(), name.size()});
  }

  schedule made_;
  std::string_view text_, name_;
  std::size_t offset_ = 0, size_ = 0;
  std::uint32_t callables_ = 0;
};

/// The schedule that an expression over tactics stands for.
struct to_schedule_t {
  template <Tactic T>
  [[nodiscard]] constexpr schedule operator()(const T& t) const {
    if constexpr (std::same_as<T, schedule>) {
      return t;
    } else {
      schedule_builder builder;
      return builder.finish(t.lower(builder));
    }
  }
};
inline constexpr to_schedule_t to_schedule{};

}  // namespace partita
