// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a search can choose between, from static analysis of a program: split a colour; split a family of arguments, or
// a part of it while the rest stays whole; settle conflicts to one side. Each is a list of tiles and pins on values,
// for any axis. What has the same structure, as in repeated layers, is one choice, so that depth adds none.
//
// Ops that take arguments of a colour, experts say, may split it while those around them split another dim. What the
// one hands to the other is then pinned before either is split: neither decides for the other, and data is
// redistributed there, by all_to_all where both split over one axis.
//
// A family is arguments of one type whose dims have the same colours: a parameter and its optimizer state. A part of it
// is what the program uses in the same way, so that the state is apart from the parameter. Names play no role.

#include <cstddef>
#include <cstdint>

#include <partita/search/conflicts.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/support/sort.hpp>

namespace partita {

enum class choice_kind : std::uint8_t {
  split_colour,  ///< tiles every argument that has the colour once; if there is none, a value inside
  split_large,   ///< tiles of these arguments the large ones: small ones are not worth gathering
  settle,        ///< resolves conflicts to one side; belongs before the colour's split
  split_family,  ///< tiles the arguments of a family along one dim
  split_part,    ///< tiles a part of a family and pins the rest
  hand_over      ///< pins what arguments of the colour hand to the rest of the program and take from it
};

struct split_choice {
  choice_kind kind = choice_kind::split_colour;
  std::uint8_t side = 0;      ///< of settle: the side; of families and parts: the dim
  std::uint32_t members = 0;  ///< how many colours, compatibility sets or arguments it decides on
  colour_id colour;           ///< the first of them, or that of the dim
  conflict_set_id set;        ///< of settle: the first of them
  std::uint32_t first = 0, count = 0;
};

namespace detail {

/// Numbers classes of equal keys in order of their first members.
constexpr std::uint32_t number_classes(list_view<std::uint64_t> keys, plain_vector<std::uint32_t>& classes) {
  struct entry {
    std::uint64_t key;
    std::uint32_t index;
    constexpr bool operator<(const entry& other) const {
      return key != other.key ? key < other.key : index < other.index;
    }
  };
  plain_vector<entry> entries;
  for (std::uint32_t i = 0; i < keys.size(); ++i) entries.push_back({keys[i], i});
  sort_in_place(entries);
  plain_vector<std::uint32_t> first;
  first.assign(keys.size(), 0);
  for (std::size_t i = 0, begin = 0; i < entries.size(); ++i) {
    if (entries[i].key != entries[begin].key) begin = i;
    first[entries[i].index] = entries[begin].index;
  }
  classes.assign(keys.size(), 0);
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < keys.size(); ++i) classes[i] = first[i] == i ? count++ : classes[first[i]];
  return count;
}

}  // namespace detail

class split_choices {
 public:
  template <class Ops>
  constexpr split_choices(const program_facts<Ops>& facts, const named_dims& names, const dim_conflicts& conflicts) {
    classify(facts, names, conflicts);
    choose_colours(facts, names, conflicts);
    choose_sides(facts, names, conflicts);
    choose_arguments(facts, names);
    choose_hand_overs(facts, names);
  }

  /// Colours, then conflicts, then families and their parts, then what is handed over, each in order of the first value
  /// that they touch.
  [[nodiscard]] constexpr list_view<split_choice> all() const { return choices_; }

  /// Classes of colours and of compatibility sets with the same structure.
  [[nodiscard]] constexpr std::uint32_t class_of(colour_id c) const { return colour_class_[c.index]; }
  [[nodiscard]] constexpr std::uint32_t class_of(conflict_set_id s) const { return set_class_[s.index]; }
  /// Families and parts of arguments, by number of the argument.
  [[nodiscard]] constexpr std::uint32_t family_of(std::size_t argument) const { return family_[argument]; }
  [[nodiscard]] constexpr std::uint32_t part_of(std::size_t argument) const { return part_[argument]; }

  /// The tiles and pins of a choice, sorted by value, one for a value at most, without an axis.
  [[nodiscard]] constexpr list_view<action> actions(const split_choice& c) const {
    return c.count == 0 ? list_view<action>{} : list_view<action>{actions_.data() + c.first, c.count};
  }
  /// Those that a state allows on an axis: the value is undecided there and the axis divides the dim. Empty if no tile
  /// is left, of hand_over no pin. Contradicts neither itself nor the state, as partitioning::apply wants it.
  [[nodiscard]] constexpr plain_vector<action> actions(const split_choice& c, axis_index axis,
                                                       const sharding_state& state) const {
    plain_vector<action> allowed;
    if (!has_effect(c, axis, state)) return allowed;
    for (action a : actions(c)) {
      a.axis = axis;
      if (allows(state, a, axis)) allowed.push_back(a);
    }
    return allowed;
  }
  /// Whether a state allows a tile of the choice on an axis, a pin of hand_over.
  [[nodiscard]] constexpr bool has_effect(const split_choice& c, axis_index axis, const sharding_state& state) const {
    for (const action& a : actions(c)) {
      if ((a.kind == action_kind::tile || c.kind == choice_kind::hand_over) && allows(state, a, axis)) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] static constexpr bool allows(const sharding_state& state, const action& a, axis_index axis) {
    const std::int64_t devices = state.axes()[axis];
    if (devices == 1 || state(a.value, axis).known()) return false;
    const std::int64_t size = a.kind == action_kind::tile ? state.local_size(a.value, a.dim) : 0;
    return a.kind != action_kind::tile || (size >= devices && size % devices == 0);
  }

  template <class Ops>
  constexpr void classify(const program_facts<Ops>& facts, const named_dims& names, const dim_conflicts& conflicts) {
    plain_vector<std::uint64_t> keys;
    for (const colour_id c : names.colours()) keys.push_back(names[c].likeness);
    colour_classes_ = detail::number_classes(keys, colour_class_);
    keys.clear();
    for (const conflict_set_id s : conflicts.sets()) keys.push_back(conflicts[s].likeness);
    set_classes_ = detail::number_classes(keys, set_class_);
    keys.clear();
    plain_vector<std::uint64_t> part_keys;
    const auto& g = facts.graph;
    for (const value_id v : g.arguments()) {
      const type_view t = g.type(v);
      std::uint64_t family = detail::mixed(0, t);
      for (std::size_t d = 0; t.is_tensor() && d < t.rank(); ++d) {
        const colour_id c = names.of(v, d);
        family = detail::mixed(family, c ? colour_class_[c.index] : ~std::uint64_t{0});
      }
      std::uint64_t uses = 0;
      for (const contact& c : facts.flow.contacts(v)) uses += detail::mixed(g.code(facts.rules[c.unit].op), c.slot);
      keys.push_back(family);
      part_keys.push_back(detail::mixed(family, uses));
    }
    (void)detail::number_classes(keys, family_);
    (void)detail::number_classes(part_keys, part_);
  }

  constexpr void tile(value_id v, std::size_t d) {
    drafted_.push_back({action_kind::tile, static_cast<std::uint8_t>(d), 0, v, 0});
  }
  constexpr void pin(value_id v) { drafted_.push_back({action_kind::pin, 0, 0, v, 0}); }
  /// Adds a choice of what was drafted; false if nothing was.
  constexpr bool add(split_choice c) {
    struct entry {
      value_id value;
      std::uint32_t index;
      constexpr bool operator<(const entry& other) const {
        return value == other.value ? index < other.index : value < other.value;
      }
    };
    plain_vector<entry> order;
    for (std::uint32_t i = 0; i < drafted_.size(); ++i) order.push_back({drafted_[i].value, i});
    sort_in_place(order);
    c.first = static_cast<std::uint32_t>(actions_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i == 0 || !(order[i].value == order[i - 1].value)) actions_.push_back(drafted_[order[i].index]);
    }
    c.count = static_cast<std::uint32_t>(actions_.size()) - c.first;
    drafted_.clear();
    if (c.count == 0) return false;
    choices_.push_back(c);
    return true;
  }

  template <class Ops>
  constexpr void choose_colours(const program_facts<Ops>& facts, const named_dims& names,
                                const dim_conflicts& conflicts) {
    const auto members = members_of(colour_class_, colour_classes_);
    for (std::uint32_t k = 0; k < colour_classes_; ++k) {
      const auto colours = members.of(k);
      const colour_id first{colours[0]};
      if (names[first].units == 0) continue;
      for (const std::uint32_t i : colours) {
        const colour_id c{i};
        bool found = false;
        for (const dim_of_value& at : names.dims(c)) {
          const bool argument = facts.graph.argument_of(at.value) == facts.graph.body();
          if (!argument && found) break;
          if (conflicts.holds(at.value, at.dim) || facts.stacks(at.value, at.dim)) continue;
          tile(at.value, at.dim);
          found = true;
          if (!argument) break;
        }
      }
      add({choice_kind::split_colour, 0, static_cast<std::uint32_t>(colours.size()), first, {}, 0, 0});
      choose_large(facts, first);
    }
  }

  /// After the choice of a colour: the same for its large arguments, if there are small ones.
  template <class Ops>
  constexpr void choose_large(const program_facts<Ops>& facts, colour_id colour) {
    if (choices_.empty() || choices_.back().kind != choice_kind::split_colour || !(choices_.back().colour == colour)) return;
    const std::size_t begin = choices_.back().first, end = begin + choices_.back().count;
    const auto bytes = [&](std::size_t i) { return facts.graph.type(actions_[i].value).bytes(); };
    std::int64_t largest = 0;
    for (std::size_t i = begin; i < end; ++i) largest = largest < bytes(i) ? bytes(i) : largest;
    for (std::size_t i = begin; i < end; ++i) {
      if (bytes(i) >= largest / small_share) drafted_.push_back(actions_[i]);
    }
    if (drafted_.size() == end - begin) {
      drafted_.clear();
    } else {
      add({choice_kind::split_large, 0, choices_.back().members, colour, {}, 0, 0});
    }
  }
  static constexpr std::int64_t small_share = 32;

  template <class Ops>
  constexpr void choose_sides(const program_facts<Ops>& facts, const named_dims& names,
                              const dim_conflicts& conflicts) {
    const auto members = members_of(set_class_, set_classes_);
    for (std::uint32_t k = 0; k < set_classes_; ++k) {
      const auto sets = members.of(k);
      const conflict_set_id first{sets[0]};
      for (std::uint8_t side = 0; side < 2; ++side) {
        for (const std::uint32_t s : sets) {
          for (const dim_of_value& at : conflicts.tiles(facts.rules, names, {s}, side)) {
            if (!facts.stacks(at.value, at.dim)) tile(at.value, at.dim);
          }
        }
        add({choice_kind::settle, side, static_cast<std::uint32_t>(sets.size()), conflicts[first].colour, first, 0, 0});
      }
    }
  }

  template <class Ops>
  constexpr void choose_arguments(const program_facts<Ops>& facts, const named_dims& names) {
    const auto& g = facts.graph;
    std::uint32_t families = 0;
    for (const std::uint32_t f : family_) families = families < f + 1 ? f + 1 : families;
    const auto members = members_of(family_, families);
    for (std::uint32_t k = 0; k < families; ++k) {
      const auto arguments = members.of(k);
      const value_id first = g.arguments()[arguments[0]];
      const type_view t = g.type(first);
      const plain_vector<std::uint32_t> parts = parts_of(arguments);
      for (std::size_t d = 0; t.is_tensor() && d < t.rank(); ++d) {
        const colour_id c = names.of(first, d);
        if (!c || names[c].units == 0) continue;
        const auto side = static_cast<std::uint8_t>(d);
        for (const std::uint32_t i : arguments) {
          if (!facts.stacks(g.arguments()[i], d)) tile(g.arguments()[i], d);
        }
        if (add({choice_kind::split_family, side, static_cast<std::uint32_t>(arguments.size()), c, {}, 0, 0}))
          drop_repeated(choice_kind::split_colour);
        for (const std::uint32_t part : parts) {
          std::uint32_t count = 0;
          for (const std::uint32_t i : arguments) {
            const value_id v = g.arguments()[i];
            if (part_[i] != part) {
              pin(v);
            } else if (!facts.stacks(v, d)) {
              tile(v, d);
              ++count;
            }
          }
          if (count == 0) {
            drafted_.clear();
          } else {
            add({choice_kind::split_part, side, count, c, {}, 0, 0});
          }
        }
      }
    }
  }

  /// Values of a colour that pointwise ops join are one stretch. Where a stretch lies between ops that take arguments of
  /// the colour, or make what updates them, and ops that do not, what enters it is pinned.
  template <class Ops>
  constexpr void choose_hand_overs(const program_facts<Ops>& facts, const named_dims& names) {
    const auto members = members_of(colour_class_, colour_classes_);
    plain_vector<std::uint32_t> seen;  // by value: 1 + the last colour for which it was looked at
    seen.assign(facts.graph.value_count(), 0);
    plain_vector<value_id> stretch;
    for (std::uint32_t k = 0; k < colour_classes_; ++k) {
      const auto colours = members.of(k);
      const colour_id first{colours[0]};
      if (names[first].units == 0 || names[first].arguments == 0) continue;
      for (const std::uint32_t i : colours) {
        const colour_id c{i};
        const plain_vector<value_id> models = models_of(facts.graph, names, c);
        for (const dim_of_value& at : names.dims(c)) {
          if (seen[at.value.index] == i + 1 || is_like(facts.graph, names, models, at.value)) continue;
          stretch.clear();
          stretch.push_back(at.value);
          seen[at.value.index] = i + 1;
          bool with = false, without = false;
          for (std::size_t n = 0; n < stretch.size(); ++n) {
            for (const contact& use : facts.flow.contacts(stretch[n])) {
              const bool joins = is_pointwise(facts.rules, use.unit);
              bool takes = false;
              for (const slot& s : facts.rules.slots(use.unit)) {
                if (!has_colour(names, s, c)) continue;
                if (is_like(facts.graph, names, models, s.value)) {
                  takes = true;
                } else if (joins && seen[s.value.index] != i + 1) {
                  seen[s.value.index] = i + 1;
                  stretch.push_back(s.value);
                }
              }
              if (!joins) (takes ? with : without) = true;
            }
          }
          if (!with || !without) continue;
          for (const value_id v : stretch) {
            for (const contact& made : facts.flow.contacts(v)) {
              if (!made.is_use && !is_pointwise(facts.rules, made.unit)) pin(v);
            }
          }
        }
      }
      // What so much passes through is no border.
      constexpr std::size_t most = 16;
      if (drafted_.size() > most * colours.size()) drafted_.clear();
      if (add({choice_kind::hand_over, 0, static_cast<std::uint32_t>(colours.size()), first, {}, 0, 0}))
        drop_repeated(choice_kind::hand_over);
    }
  }
  [[nodiscard]] static constexpr bool has_colour(const named_dims& names, const slot& s, colour_id c) {
    for (std::size_t d = 0; d < s.rank; ++d) {
      if (names.of(s.value, d) == c) return true;
    }
    return false;
  }
  /// Arguments that have the colour, one for all with the same colours.
  template <class Graph>
  [[nodiscard]] static constexpr plain_vector<value_id> models_of(const Graph& g, const named_dims& names, colour_id c) {
    plain_vector<value_id> models;
    for (const dim_of_value& at : names.dims(c)) {
      if (!(g.argument_of(at.value) == g.body())) break;  // arguments of the program come first
      if (!is_like(g, names, models, at.value)) models.push_back(at.value);
    }
    return models;
  }
  /// Whether some model has all colours of the value.
  template <class Graph>
  [[nodiscard]] static constexpr bool is_like(const Graph& g, const named_dims& names, list_view<value_id> models, value_id v) {
    const auto has = [&](value_id model, colour_id c) {
      const type_view t = g.type(model);
      for (std::size_t d = 0; d < t.rank(); ++d) {
        if (names.of(model, d) == c) return true;
      }
      return false;
    };
    const type_view t = g.type(v);
    for (const value_id model : models) {
      bool all = true;
      for (std::size_t d = 0; all && t.is_tensor() && d < t.rank(); ++d) all = !names.of(v, d) || has(model, names.of(v, d));
      if (all) return true;
    }
    return false;
  }
  /// Whether every factor runs through every slot.
  [[nodiscard]] static constexpr bool is_pointwise(const rule_table& rules, unit_id u) {
    for (const slot& s : rules.slots(u)) {
      if (s.rank != rules.factors(u).size()) return false;
    }
    return true;
  }

  /// Parts of a family, to be split one by one: none if it has one part only, or so many that they are no roles.
  [[nodiscard]] constexpr plain_vector<std::uint32_t> parts_of(list_view<std::uint32_t> arguments) const {
    constexpr std::size_t most = 8;
    plain_vector<std::uint32_t> parts;
    for (const std::uint32_t i : arguments) {
      bool seen = false;
      for (const std::uint32_t p : parts) seen = seen || p == part_[i];
      if (!seen) parts.push_back(part_[i]);
      if (parts.size() > most) break;
    }
    if (parts.size() == 1 || parts.size() > most) parts.clear();
    return parts;
  }

  /// Drops the last choice if one of a kind before it does the same: a family may be all of a colour's arguments.
  constexpr void drop_repeated(choice_kind among) {
    const auto last = actions(choices_.back());
    for (std::size_t i = 0; i + 1 < choices_.size(); ++i) {
      if (choices_[i].kind != among) continue;
      const auto other = actions(choices_[i]);
      bool same = other.size() == last.size();
      for (std::size_t k = 0; same && k < other.size(); ++k) same = other[k] == last[k];
      if (!same) continue;
      actions_.resize(choices_.back().first);
      choices_.pop_back();
      return;
    }
  }

  struct member_lists {
    plain_vector<std::uint32_t> begin, items;
    [[nodiscard]] constexpr list_view<std::uint32_t> of(std::uint32_t k) const {
      return {items.data() + begin[k], begin[k + 1] - begin[k]};
    }
  };
  [[nodiscard]] static constexpr member_lists members_of(const plain_vector<std::uint32_t>& classes,
                                                         std::uint32_t count) {
    member_lists lists;
    lists.begin.assign(count + 1, 0);
    for (const std::uint32_t k : classes) ++lists.begin[k + 1];
    for (std::uint32_t k = 0; k < count; ++k) lists.begin[k + 1] += lists.begin[k];
    lists.items.assign(classes.size(), 0);
    plain_vector<std::uint32_t> next = lists.begin;
    for (std::uint32_t i = 0; i < classes.size(); ++i) lists.items[next[classes[i]]++] = i;
    return lists;
  }

  plain_vector<std::uint32_t> colour_class_, set_class_, family_, part_;
  std::uint32_t colour_classes_ = 0, set_classes_ = 0;
  plain_vector<action> actions_, drafted_;
  plain_vector<split_choice> choices_;
};

/// The static analysis of a program: what splits together, what conflicts, what there is to choose.
struct program_analysis {
  template <class Ops>
  constexpr explicit program_analysis(const program_facts<Ops>& facts)
      : names(facts.graph, facts.rules, facts.flow, facts.stacks),
        conflicts(facts.graph, facts.rules, names),
        choices(facts, names, conflicts) {}
  program_analysis(const program_analysis&) = delete;
  program_analysis& operator=(const program_analysis&) = delete;

  named_dims names;
  dim_conflicts conflicts;
  split_choices choices;
};

}  // namespace partita
