// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// From actions on a program back to a tactic as one would write it: a few terms whose globs together select the values
// that the actions are about. What else a glob selects, the state keeps as it is: it has no such dim, or the axis does
// not divide it, or it is decided otherwise. Resolved against the same state, the tactic gives the same actions.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>
#include <partita/support/text_pool.hpp>
#include <partita/tactic/resolve.hpp>
#include <partita/tactic/schedule_builder.hpp>
#include <partita/tactic/schedule_words.hpp>

namespace partita {

/// Nothing follows from actions but what they say.
struct nothing_follows {
  constexpr bool operator()(const action&) const { return false; }
};

/// A term as a part of a schedule, and what it does.
struct described_term {
  schedule_builder::fragment written;
  plain_vector<action> actions;
  bool numbered = false;  ///< it selects one value by its number
};

namespace detail {

/// Finds few globs that match all wanted names and no forbidden one: candidates come from wanted names, of which
/// segments between slashes and blanks are generalised, and are chosen greedily.
class glob_cover {
 public:
  enum class status : std::uint8_t { wanted, forbidden, harmless };

  void add(std::string text, status s) { names_.push_back({std::move(text), s, s != status::wanted}); }

  /// Chooses globs. `fixed_tail`: how many segments at a name's end keep their digits. `taken(glob)`: whether the text
  /// would be understood as something else than a glob.
  template <class Taken>
  void choose(std::size_t fixed_tail, const Taken& taken) {
    for (const bool numbers : {false, true}) {
      collect(numbers, fixed_tail, taken);
      choose_from_candidates();
    }
    drop_needless();
  }

  [[nodiscard]] std::size_t chosen_count() const { return chosen_.size(); }
  [[nodiscard]] std::string_view chosen(std::size_t i) const { return chosen_[i].glob; }
  /// The wanted names that a chosen glob matches.
  [[nodiscard]] list_view<std::uint32_t> matched(std::size_t i) const { return chosen_[i].wanted; }
  /// Whether a chosen glob matches a name, wanted or not.
  [[nodiscard]] bool matches(std::size_t i, std::size_t n) const { return matches_glob(chosen_[i].glob, names_[n].text); }
  /// Whether a chosen glob matches this wanted name.
  [[nodiscard]] bool covers(std::size_t i) const { return names_[i].is == status::wanted && names_[i].covered; }

 private:
  struct name {
    std::string text;
    status is;
    bool covered;
  };
  struct candidate {
    std::string glob;
    plain_vector<std::uint32_t> wanted;  // names that it matches
    std::size_t harmless = 0;
  };
  static constexpr std::size_t not_found = ~std::size_t{0};

  static constexpr std::size_t max_work = std::size_t{1} << 22;  // globs times names, about 0.2 s
  static constexpr std::size_t max_segments = 7;

  /// The ends of the segments of a name; those in the middle of a long one are taken together.
  static plain_vector<std::size_t> segments(std::string_view text) {
    plain_vector<std::size_t> ends;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '/' || text[i] == ' ') ends.push_back(i);
    }
    ends.push_back(text.size());
    if (ends.size() <= max_segments) return ends;
    plain_vector<std::size_t> few;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (i < 3 || i + 4 >= ends.size()) few.push_back(ends[i]);
    }
    return few;
  }

  static void append_piece(std::string& glob, std::string_view piece, bool number_stays) {
    std::size_t kept = piece.size();
    while (!number_stays && kept > 0 && is_digit(piece[kept - 1])) --kept;
    glob.append(piece.substr(0, kept));
    if (kept < piece.size()) glob.push_back('*');
  }

  /// A name with the segments of a set replaced by stars. Stars that only separators part become one.
  static std::string generalised(std::string_view text, list_view<std::size_t> ends, std::size_t set, bool numbers,
                                 std::size_t fixed_tail) {
    std::string glob;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      std::string piece;
      if ((set >> i & 1) != 0) {
        piece = "*";
      } else {
        append_piece(piece, text.substr(begin, ends[i] - begin), numbers || i + fixed_tail >= ends.size());
      }
      if (!(piece == "*" && !glob.empty() && glob.back() == '*')) {
        if (i > 0) glob.push_back(text[ends[i - 1]]);
        glob += piece;
      }
      begin = ends[i] + 1;
    }
    return glob;
  }

  /// What globs of a name keep of it, segment by segment.
  static std::string kept_of(std::string_view text, list_view<std::size_t> ends, bool numbers, std::size_t fixed_tail) {
    std::string kept;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      append_piece(kept, text.substr(begin, ends[i] - begin), numbers || i + fixed_tail >= ends.size());
      kept.push_back(ends[i] < text.size() ? text[ends[i]] : '/');
      begin = ends[i] + 1;
    }
    return kept;
  }

  static std::size_t count_stars(const std::string& glob) {
    std::size_t count = 0;
    for (const char c : glob) count += c == '*' ? 1u : 0u;
    return count;
  }

  template <class Taken>
  void collect(bool numbers, std::size_t fixed_tail, const Taken& taken) {
    std::vector<std::string> globs;
    const std::size_t most = max_work / (names_.size() + 1) + 64;
    text_pool seen;  // names that differ in nothing that globs keep make the same globs
    for (const name& n : names_) {
      if (n.covered || globs.size() > 16 * most) continue;
      const auto ends = segments(n.text);
      const std::size_t known = seen.size();
      (void)seen.intern(kept_of(n.text, ends, numbers, fixed_tail));
      if (seen.size() == known) continue;
      for (std::size_t set = 0; set < std::size_t{1} << ends.size(); ++set) {
        globs.push_back(generalised(n.text, ends, set, numbers, fixed_tail));
      }
    }
    sort_in_place(globs, [](const std::string& a, const std::string& b) {
      if (a.size() != b.size()) return a.size() < b.size();
      const std::size_t stars = count_stars(a), other = count_stars(b);
      return stars != other ? stars < other : a < b;
    });
    candidates_.clear();
    std::size_t tried = 0, least = not_found;
    for (std::size_t i = 0; i < globs.size() && tried < most && least != 0; ++i) {
      if ((i > 0 && globs[i] == globs[i - 1]) || globs[i].find('\n') != std::string::npos || taken(globs[i])) continue;
      ++tried;
      candidate c;
      bool all = true;
      if (fits(globs[i], c, least, all)) {
        if (all) least = c.harmless;
        c.glob = std::move(globs[i]);
        candidates_.push_back(std::move(c));
      }
    }
  }

  /// Whether the glob is a candidate; `all`: whether it covers all that is not covered yet. Once one does that, with
  /// `least` harmless names beside, only such a one with less beside is of use.
  bool fits(std::string_view glob, candidate& c, std::size_t least, bool& all) const {
    for (const name& n : names_) {
      if (n.is == status::forbidden && matches_glob(glob, n.text)) return false;
    }
    for (std::uint32_t i = 0; i < names_.size(); ++i) {
      if (names_[i].is != status::wanted) continue;
      if (matches_glob(glob, names_[i].text)) {
        c.wanted.push_back(i);
      } else if (!names_[i].covered) {
        all = false;
        if (least != not_found) return false;
      }
    }
    if (c.wanted.empty()) return false;
    for (const name& n : names_) {
      if (n.is == status::harmless && matches_glob(glob, n.text) && ++c.harmless >= least) return false;
    }
    return true;
  }

  /// The one that covers most, again and again; among equals the one that selects least beside, then the shortest.
  void choose_from_candidates() {
    while (true) {
      std::size_t best = candidates_.size(), most = 0;
      for (std::size_t i = 0; i < candidates_.size(); ++i) {
        std::size_t gain = 0;
        for (const std::uint32_t n : candidates_[i].wanted) gain += names_[n].covered ? 0u : 1u;
        if (gain > most || (gain == most && gain > 0 && candidates_[i].harmless < candidates_[best].harmless)) {
          best = i;
          most = gain;
        }
      }
      if (most == 0) return;
      for (const std::uint32_t n : candidates_[best].wanted) names_[n].covered = true;
      chosen_.push_back(candidates_[best]);
    }
  }

  void drop_needless() {
    plain_vector<std::uint32_t> times;
    times.assign(names_.size(), 0);
    for (const candidate& c : chosen_) {
      for (const std::uint32_t n : c.wanted) ++times[n];
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      bool needed = false;
      for (const std::uint32_t n : chosen_[i].wanted) needed = needed || times[n] == 1;
      if (!needed) {
        for (const std::uint32_t n : chosen_[i].wanted) --times[n];
      } else {
        if (kept != i) chosen_[kept] = std::move(chosen_[i]);
        ++kept;
      }
    }
    chosen_.resize(kept);
  }

  std::vector<name> names_;
  std::vector<candidate> candidates_, chosen_;
};

template <class State, class Follows>
class action_describer {
  using status = glob_cover::status;

 public:
  action_describer(schedule_builder& into, const State& state, const device_mesh& mesh, const Follows& follows)
      : builder_(into), state_(state), mesh_(mesh), follows_(follows) {}

  std::vector<described_term> run(list_view<action> actions) {
    plain_vector<action> sorted(actions);
    sort_in_place(sorted, [](const action& a, const action& b) {
      if (a.axis != b.axis) return a.axis < b.axis;
      if (a.kind != b.kind) return a.kind < b.kind;
      return a.dim != b.dim ? a.dim < b.dim : a.value < b.value;
    });
    const auto alike = [](const action& a, const action& b) {
      return a.axis == b.axis && a.kind == b.kind && a.dim == b.dim;
    };
    for (std::size_t begin = 0; begin < sorted.size();) {
      std::size_t end = begin;
      asked_.assign(program().value_count(), 0);
      for (const action& a : sorted) {
        if (a.axis == sorted[begin].axis) asked_[a.value.index] = 1;
      }
      while (end < sorted.size() && alike(sorted[end], sorted[begin])) asked_[sorted[end++].value.index] = 2;
      describe({sorted.data() + begin, end - begin});
      begin = end;
    }
    return std::move(terms_);
  }

 private:
  [[nodiscard]] const graph_base& program() const { return state_.program(); }

  /// Whether the state lets a term of this action do something to a value.
  [[nodiscard]] bool allows(value_id v, action a) const {
    const type_view t = program().type(v);
    if (!t.is_tensor() || (a.kind == action_kind::tile && a.dim >= t.rank())) return false;
    a.value = v;
    not_applied why;
    return can_apply(a, {}, state_, mesh_, why);
  }
  /// Whether a value inside the program will be as the action has it without being asked.
  [[nodiscard]] bool follows(value_id v, action a) const {
    a.value = v;
    return !is_argument(v) && follows_(a);
  }
  /// What it would mean that a term of this action selects a value.
  [[nodiscard]] status status_of(value_id v, const action& a) const {
    if (asked_[v.index] != 0) return asked_[v.index] == 2 ? status::wanted : status::forbidden;
    return allows(v, a) && !follows(v, a) ? status::forbidden : status::harmless;
  }

  void describe(list_view<action> alike) {
    bool arguments = false, others = false;
    for (const action& a : alike) (is_argument(a.value) ? arguments : others) = true;
    if (arguments) describe_arguments(alike[0]);
    if (others) describe_others(alike[0]);
  }

  void describe_arguments(const action& a) {
    const auto arguments = program().arguments();
    glob_cover cover;
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      labels.emplace_back(argument_label(program(), i).view());
      cover.add(labels.back(), status_of(arguments[i], a));
    }
    cover.choose(0, [&](const std::string& glob) { return is_name(labels, glob); });
    for (std::size_t i = 0; i < cover.chosen_count(); ++i) {
      add(a, selector_kind::path, cover.chosen(i));
      for (const std::uint32_t n : cover.matched(i)) note(a, arguments[n]);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (status_of(arguments[i], a) == status::wanted && !cover.covers(i)) add_by_number(a, arguments[i]);
    }
  }
  /// A path with stars that is the name of something is no glob.
  bool is_name(const std::vector<std::string>& labels, const std::string& glob) const {
    if (glob.find('*') == std::string::npos) return false;
    for (const std::string& label : labels) {
      if (label == glob) return true;
    }
    for (std::size_t i = 0; i < program().results().size(); ++i) {
      if (program().result_name(i) == glob) return true;
    }
    return false;
  }

  /// Values that differ in nothing but their number have one name, which fits when all of them do.
  void describe_others(const action& a) {
    const graph_base& g = program();
    struct entry {
      std::uint32_t scope, type, value;
      [[nodiscard]] bool is_like(const entry& other) const { return scope == other.scope && type == other.type; }
      bool operator<(const entry& other) const {
        if (scope != other.scope) return scope < other.scope;
        return type != other.type ? type < other.type : value < other.value;
      }
    };
    plain_vector<entry> values;
    for (std::uint32_t v = 0; v < g.value_count(); ++v) {
      const op_id o = g.definition({v}), owner = o ? o : g.owner(g.argument_of({v}));
      const std::uint32_t scope = owner ? 2 * g.scope_id(owner).index + (o ? 0u : 1u) : ~std::uint32_t{0};
      values.push_back({scope, g.type_index({v}).index, v});
    }
    sort_in_place(values);
    glob_cover cover;
    plain_vector<std::uint32_t> name_of_entry, first_entry;
    std::uint32_t names = 0;
    for (std::size_t begin = 0; begin < values.size(); begin = name_of_entry.size(), ++names) {
      bool wanted = false, forbidden = false;
      for (std::size_t i = begin; i < values.size() && values[i].is_like(values[begin]); ++i) {
        const status s = status_of({values[i].value}, a);
        wanted = wanted || (s == status::wanted && !is_argument({values[i].value}));
        forbidden = forbidden || s == status::forbidden;
        name_of_entry.push_back(names);
      }
      first_entry.push_back(static_cast<std::uint32_t>(begin));
      plain_vector<char> label;
      append_value_label(label, g, {values[begin].value});
      while (label.back() != '%') label.pop_back();
      cover.add({label.data(), label.size()}, forbidden ? status::forbidden : wanted ? status::wanted : status::harmless);
    }
    cover.choose(2, [](const std::string&) { return false; });
    for (std::size_t i = 0; i < cover.chosen_count(); ++i) {
      std::string glob(cover.chosen(i));
      glob.back() = '*';  // it was that or the sign before the number
      add(a, selector_kind::made_by, glob);
      for (std::uint32_t n = 0; n < names; ++n) {
        if (!cover.matches(i, n)) continue;
        for (std::size_t e = first_entry[n]; e < values.size() && name_of_entry[e] == n; ++e) {
          const value_id v{values[e].value};
          if (!is_argument(v) && (asked_[v.index] == 2 || allows(v, a))) note(a, v);
        }
      }
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const value_id v{values[i].value};
      if (status_of(v, a) == status::wanted && !is_argument(v) && !cover.covers(name_of_entry[i])) {
        add_by_number(a, v);
      }
    }
  }

  [[nodiscard]] bool is_argument(value_id v) const { return program().argument_of(v) == program().body(); }

  void add(const action& a, selector_kind kind, std::string_view text) {
    term t;
    t.kind = a.kind == action_kind::pin ? term_kind::pin : term_kind::shard;
    t.axis = builder_.intern(mesh_.name(a.axis));
    t.values = {kind, builder_.intern(text), 0};
    t.dim = {dim_kind::number, a.dim};
    terms_.push_back({builder_.leaf(t), {}, false});
  }
  void add_by_number(const action& a, value_id v) {
    plain_vector<char> label;
    append_value_label(label, program(), v);
    std::string text(label.data(), label.size());
    if (text.find_first_of("*\n") != std::string::npos) text.replace(0, text.rfind(' '), "*");
    add(a, selector_kind::made_by, text);
    note(a, v);
    terms_.back().numbered = true;
  }
  void note(action a, value_id v) {
    a.value = v;
    terms_.back().actions.push_back(a);
  }

  schedule_builder& builder_;
  const State& state_;
  const device_mesh& mesh_;
  const Follows& follows_;
  std::vector<described_term> terms_;
  plain_vector<std::uint8_t> asked_;  // by value: 2 by the term in hand, 1 by another one on its axis
};

}  // namespace detail

/// Terms that together do to a program in this state what the actions do, as parts of the schedule that a builder makes.
///
/// `actions`: what the state allows, as resolve gives them. `follows(action)`: whether a value inside the program will be so
/// without being asked; globs may select it as well. The terms say no more than that: resolve of all of them on the same
/// state and mesh gives these actions again, sorted, with some that follow, and may report that a glob selects values that
/// it cannot tile. Few terms, not the fewest: choosing these is set cover. Names of arguments are generalised first where they
/// have numbers, then segment by segment; a value inside the program is selected by its scope and type, and by its
/// number where these do not tell it from others.
/// Example: attention over heads is shard<"model">("*/qkv/w", 1) and shard<"model">("*/out/w", 0)
template <ShardingView State, class Follows = nothing_follows>
[[nodiscard]] std::vector<described_term> describe(schedule_builder& into, list_view<action> actions, const State& state,
                                                   const device_mesh& mesh, const Follows& follows = {}) {
  return detail::action_describer<State, Follows>(into, state, mesh, follows).run(actions);
}

/// The terms as one tactic; skip when there are none.
[[nodiscard]] inline schedule_builder::fragment together_of(schedule_builder& into,
                                                            const std::vector<described_term>& terms) {
  plain_vector<schedule_builder::fragment> parts;
  for (const described_term& t : terms) parts.push_back(t.written);
  return parts.empty() ? into.skip() : into.together(parts);
}

}  // namespace partita
