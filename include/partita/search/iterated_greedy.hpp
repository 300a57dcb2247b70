// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iterated greedy search: take the action that gains most, after the others or before them, until none gains; then take
// back some actions of the best result, do a few at random, and descend again; now and then begin with an action that
// does nothing by itself, and replace single actions where they stand. Actions are tried in the order of what they
// gained when they were tried last, so that most steps look at few of them.
//
// Everything it does is a list of tasks that say nothing to one another: which states to look at, and what they are
// worth. Results are taken in the order of the list, and what follows from a result that is the best so far is not
// computed ahead. So threads (parallel_greedy.hpp) can compute some of the list at a time, and change nothing.

#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/support/function_view.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/sort.hpp>
#include <partita/support/split_mix.hpp>

namespace partita {

/// Computes what the search asks for when it is asked for.
struct one_at_a_time {
  [[nodiscard]] static constexpr std::size_t threads() { return 1; }
  /// Calls task(p, w, i, over) for all i below count.
  template <class P, class Walker>
  void operator()(P& p, Walker& w, std::size_t count, const auto& task, function_view<bool()> over) const {
    for (std::size_t i = 0; i < count; ++i) task(p, w, i, over);
  }
};

/// For problems whose states may be results though they go on (can_stop()), and whose actions mean much the same from
/// state to state.
///
/// Only states that it has not met are evaluated. The same seed and number of evaluations give the same result, with
/// any number of threads.
/// Sources: Ruiz, Stuetzle, "A simple and effective iterated greedy algorithm", European Journal of Operational
/// Research 177(3), 2007; the order is that of Minoux, "Accelerated greedy algorithms", 1978.
struct iterated_greedy {
  std::uint64_t seed = 1;
  std::size_t max_depth = 256;  ///< actions of a result
  std::size_t enough = 32;      ///< actions tried in one step of a descent that do not gain, before it ends
  double least_gain = 1e-4;     ///< of a step, as a share of the range of rewards seen

  template <Problem P, class Observer = unobserved, class Stop = never_stop, class Workers = one_at_a_time>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget, const Observer& observer = {}, const Stop& stop = {},
                                          Workers&& workers = {}) const {
    static_assert(requires { p.can_stop(); }, "iterated_greedy: the problem needs can_stop(): results are states that are no ends");
    detail::incumbent<P, Observer, Stop> best(p, budget, observer, stop);
    {
      run<P, decltype(best), Workers> r(p, best, *this, workers);
      r.all();
    }
    return best.result(false);
  }

  /// Goes from state to state of a problem: that of the search, or one of a thread's own.
  struct walker {
    search_actions path;   // from the first state to where the problem stands
    search_actions legal;  // room for lists of actions
    search_actions moves;  // of a step of a descent

    template <class P>
    void apply(P& p, search_action a) {
      p.apply(a);
      path.push_back(a);
    }
    template <class P>
    void apply_if_legal(P& p, search_action a, std::size_t most) {
      if (path.size() < most && is_legal(p, a, legal)) apply(p, a);
    }
    template <class P>
    void back_to(P& p, std::size_t depth) {
      for (; path.size() > depth; path.pop_back()) p.undo();
    }
    template <class P>
    void go_to(P& p, list_view<search_action> to) {
      std::size_t common = 0;
      while (common < path.size() && common < to.size() && path[common] == to[common]) ++common;
      back_to(p, common);
      for (; common < to.size(); ++common) apply(p, to[common]);
    }
    template <class P>
    void find_legal(P& p) {
      legal.clear();
      p.legal_actions(legal);
    }
  };

 private:
  // Rounds that meet nothing new say that there is little left to meet.
  static constexpr std::uint64_t idle_rounds = 100, generation = 4;
  static constexpr double untried = 1e300;

  // A move of a descent: 2a is action a after all others, 2a + 1 is a before them, which changes what these do.
  [[nodiscard]] static bool is_first(search_action move) { return move % 2 != 0; }

  // How much of what is there a step of a descent looks at.
  struct effort {
    std::size_t patience;  // actions that do not gain, before it ends
    bool some = false;     // some of the moves only, none before others: such descents are quick and end elsewhere
  };

  // What descents go by.
  struct experience {
    plain_vector<double> gains;  // by move: of reward, when it was tried last
    double unknown[2]{untried, untried};  // what moves gain that were not tried yet, of actions after and before others
    double low = untried, high = -untried;  // rewards seen

    double& gain(search_action move) {
      if (move >= gains.size()) gains.resize(move + 1u, untried);
      return gains[move];
    }
    /// What a move promises: what it gained, then what unknown ones do; last what lost.
    [[nodiscard]] double hope(search_action move) const {
      const double g = move < gains.size() ? gains[move] : untried;
      return g == untried ? unknown[move % 2] : g > 0 ? g : g - 1;
    }
    /// Unknown moves promise the most that the last of them gained, less with each that gains less.
    void learn(search_action move, double g) {
      if (gain(move) == untried) {
        double& u = unknown[move % 2];
        const double faded = u == untried ? 0 : 0.8 * u;
        u = g > faded ? g : faded;
      }
      gain(move) = g;
    }
    /// What is new in `e` since `before`.
    void take_new(const experience& e, const experience& before) {
      for (std::size_t m = 0; m < e.gains.size(); ++m) {
        if (m >= before.gains.size() || e.gains[m] != before.gains[m]) gain(static_cast<search_action>(m)) = e.gains[m];
      }
      for (std::size_t k = 0; k < 2; ++k) {
        if (e.unknown[k] != before.unknown[k]) unknown[k] = e.unknown[k];
      }
    }
    void see(double reward) {
      low = reward < low ? reward : low;
      high = reward > high ? reward : high;
    }
  };

  // What a task met that was not known when it began.
  template <class Outcome>
  struct trace {
    struct state {
      std::uint64_t hash = 0;
      Outcome outcome{};
      bool result = false;
      search_actions path;  // if it may be the best
    };
    plain_vector<state> met;
    std::size_t met_count = 0;  // of them; the others are room
    Outcome last{};
    experience learnt;
  };

  template <class P, class Best, class Workers>
  class run {
   public:
    run(P& p, Best& best, const iterated_greedy& options, Workers& workers)
        : p_(p), best_(best), options_(options), workers_(workers), random_(options.seed) {}
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() { own_.back_to(p_, 0); }

    void all() {
      if (best_.over()) return;
      const auto over = [this] { return best_.over(); };
      own_.find_legal(p_);
      first_ = own_.legal;
      take(ahead(0, 1, 1, [&](P& p, walker& w, std::size_t, tracks& t, condition) { look(p, w, t); }));
      // With little patience first, and with more from where that ends: a small budget sees all kinds of actions.
      search_actions from;
      outcome at_start = traces_[0].last;
      for (const std::size_t patience : {options_.enough / 4, options_.enough / 2, options_.enough}) {
        descend(p_, own_, from, at_start, experience_, {patience}, random_, over, [&](list_view<search_action> at, std::size_t i) {
          if (i == 0) forget();
          tracks& t = ahead(i, own_.moves.size(), looks_at_a_time, [&](P& p, walker& w, std::size_t k, tracks& found, condition) {
            make(p, w, at, own_.moves[k]);
            look(p, w, found);
          });
          take(t);
          return t.last;
        });
        if (!best_.best().found) continue;
        from = best_.best().actions;
        at_start = best_.best().outcome;
      }
      polish();
      learnt_ = experience_;
      // The rounds of a generation start from the same best result and the same experience: they may be done together.
      for (std::uint64_t round = 0, idle = 0; idle < idle_rounds && !best_.over(); ++idle) {
        const std::uint64_t end = round - round % generation + generation;
        tracks& t = ahead(round++, end, rounds_at_a_time, [&](P& p, walker& w, std::size_t k, tracks& found, condition halt) {
          tour(p, w, k, found, halt);
        });
        const std::uint64_t before = best_.best().evaluations, best = best_.best().best_at;
        take(t);
        learnt_.take_new(t.learnt, experience_);
        if (best_.best().evaluations != before) idle = ~std::uint64_t{0};
        const bool better = best_.best().best_at != best;
        if (better || round == end) {
          learnt_.see(experience_.low);
          learnt_.see(experience_.high);
          experience_ = learnt_;
        }
        if (better) polish();
      }
    }

   private:
    using outcome = outcome_of<P>;
    using tracks = trace<outcome>;
    using condition = function_view<bool()>;
    using task = function_view<void(P&, walker&, std::size_t, tracks&, condition)>;
    // How much a thread does before results are taken.
    static constexpr std::size_t looks_at_a_time = 4, rounds_at_a_time = 2;

    // --- tasks: they read what is here and write their tracks only -------------------------------------------

    /// Outcome of the state as it is.
    const outcome& look(P& p, const walker& w, tracks& t) const {
      const std::uint64_t hash = p.hash();
      const std::uint32_t known = seen_.find(hash);
      if (known != key_table::none && outcomes_[known].counted) return t.last = outcomes_[known].value;
      for (std::size_t i = 0; i < t.met_count; ++i) {
        if (t.met[i].hash == hash) return t.last = t.met[i].outcome;
      }
      if (t.met.size() == t.met_count) t.met.resize(t.met_count + 1);
      auto& state = t.met[t.met_count++];
      state.hash = hash;
      state.outcome = t.last = known != key_table::none ? outcomes_[known].value : p.evaluate();
      state.result = p.can_stop();
      state.path.clear();
      const auto& best = best_.best();
      if (state.result && (!best.found || p.better(t.last, best.outcome))) state.path = w.path;
      return t.last;
    }

    /// Some actions of the best result, and some others, or an opening; and on from there. Then replacements.
    void tour(P& p, walker& w, std::uint64_t round, tracks& t, condition halt) const {
      split_mix random(detail::mixed(options_.seed, round));
      t.learnt = experience_;
      const auto over = [&] { return t.met_count >= best_.left() || halt(); };
      const bool opened = random.below(4) == 0 && open(p, w, t, random, over);
      if (!opened) {
        w.back_to(p, 0);
        // Now and then from elsewhere: what is best may have no action in common with what would be better.
        const bool afresh = random.below(8) == 0;
        if (!afresh) take_some(p, w, random);
        for (std::size_t kicks = random.below(afresh ? 6 : 3); kicks > 0; --kicks) {
          w.find_legal(p);
          if (!w.legal.empty() && w.path.size() < options_.max_depth) w.apply(p, w.legal[random.below(w.legal.size())]);
        }
      }
      const search_actions start = w.path;
      // After an opening what was learnt of gains says less.
      const effort usual{options_.enough, random.below(opened ? 2 : 3) != 0};
      const auto outcome_after = [&](list_view<search_action> at, std::size_t i) {
        make(p, w, at, w.moves[i]);
        const outcome& o = look(p, w, t);
        if (usable(p, o)) t.learnt.see(p.reward(o));
        return o;
      };
      descend(p, w, start, look(p, w, t), t.learnt, usual, random, over, outcome_after);
      replace(p, w, t, random, over);
    }
    void take_some(P& p, walker& w, split_mix& random) const {
      for (const search_action a : best_.best().actions) {
        if (random.below(4) != 0) w.apply_if_legal(p, a, options_.max_depth);
      }
    }

    /// Begins with actions that neither gain nor lose by themselves, and now and then goes on with some actions of the
    /// best result: what follows may mean something else after them, and no descent would take them. False if there is
    /// none.
    bool open(P& p, walker& w, tracks& t, split_mix& random, condition over) const {
      w.back_to(p, 0);
      const outcome start = look(p, w, t);
      if (!usable(p, start)) return false;
      const double little = options_.least_gain * (t.learnt.high - t.learnt.low);
      std::size_t opened = 0;
      do {
        w.find_legal(p);
        const search_actions all = w.legal;
        for (std::size_t first = random.below(all.size() + 1), i = 0; i < all.size() && w.path.size() == opened && !over(); ++i) {
          if (opened == options_.max_depth) break;
          w.apply(p, all[(first + i) % all.size()]);
          const outcome o = look(p, w, t);
          const double change = usable(p, o) ? p.reward(o) - p.reward(start) : untried;
          if (change > little || -change > little) w.back_to(p, opened);
        }
        if (w.path.size() == opened) break;
        ++opened;
      } while (random.below(2) != 0);
      if (opened != 0 && random.below(2) != 0) take_some(p, w, random);
      return opened != 0;
    }

    /// The best result with one of its actions replaced where it stands, a few times: by any, or by one of a number close
    /// to it, since problems number together what is alike, as a choice over this axis and over that.
    void replace(P& p, walker& w, tracks& t, split_mix& random, condition over) const {
      constexpr std::size_t times = 16;
      const search_actions& actions = best_.best().actions;
      for (std::size_t i = 0; i < times && !actions.empty() && !over(); ++i) {
        const std::size_t place = random.below(actions.size());
        w.back_to(p, 0);
        for (std::size_t k = 0; k < place; ++k) w.apply_if_legal(p, actions[k], options_.max_depth);
        const bool any = random.below(2) != 0, up = random.below(2) != 0;
        const auto step = static_cast<search_action>(1 + random.below(2));
        const search_action close = up ? actions[place] + step : actions[place] - step;
        w.find_legal(p);
        search_action other = stop_action;
        if (any && !w.legal.empty()) other = w.legal[random.below(w.legal.size())];
        for (std::size_t k = 0; !any && k < w.legal.size(); ++k) other = w.legal[k] == close ? close : other;
        if (other != stop_action && w.path.size() < options_.max_depth) w.apply(p, other);
        for (std::size_t k = place + 1; k < actions.size(); ++k) w.apply_if_legal(p, actions[k], options_.max_depth);
        look(p, w, t);
      }
    }

    /// Goes where a move leads from the state at `path`; of this, what is still legal.
    void make(P& p, walker& w, list_view<search_action> path, search_action move) const {
      w.go_to(p, is_first(move) ? list_view<search_action>{} : path);
      w.apply_if_legal(p, move / 2, options_.max_depth);
      if (!is_first(move)) return;
      for (const search_action a : path) w.apply_if_legal(p, a, options_.max_depth);
    }

    /// Makes the move that gains most until none gains, from a state and its outcome.
    /// @param outcome_after of the i-th move
    void descend(P& p, walker& w, search_actions path, outcome at, experience& e, effort made, split_mix& random, condition over,
                 function_view<outcome(list_view<search_action>, std::size_t)> outcome_after) const {
      while (!over() && path.size() < options_.max_depth) {
        w.go_to(p, path);
        w.find_legal(p);
        w.moves.clear();
        for (const search_action a : w.legal) w.moves.push_back(2 * a);
        for (const search_action a : first_) {
          if (!made.some && !path.empty() && a != path[0]) w.moves.push_back(2 * a + 1);
        }
        sort_in_place(w.moves, [&](search_action a, search_action b) {
          const double of_a = e.hope(a), of_b = e.hope(b);
          return of_a != of_b ? of_a > of_b : a < b;
        });
        const double before = usable(p, at) ? p.reward(at) : e.low;
        const std::size_t most_unknown = path.empty() ? made.patience : made.patience / 4;
        outcome next = at;
        search_action chosen = stop_action;
        double gained = e.high > e.low ? options_.least_gain * (e.high - e.low) : 0;
        std::size_t tried = 0, tried_unknown[2]{};
        for (std::size_t i = 0; i < w.moves.size() && !over(); ++i) {
          const search_action m = w.moves[i];
          const bool known = e.gain(m) != untried;
          if (chosen == stop_action ? tried >= made.patience : known && e.hope(m) <= gained) break;
          if (made.some && known && random.below(3) != 0) continue;
          const bool unlikely = !path.empty() && e.hope(m) <= gained;
          if (!known && chosen != stop_action && (unlikely || tried_unknown[m % 2] >= most_unknown)) continue;
          ++tried;
          if (!known) ++tried_unknown[m % 2];
          const outcome o = outcome_after(path, i);
          const double gain = usable(p, o) ? p.reward(o) - before : -untried;
          e.learn(m, gain);
          if (!(gain > gained)) continue;
          next = o;
          chosen = m;
          gained = gain;
        }
        if (chosen == stop_action) return;
        // Until it is known better, moves before others gain a small share of what the first move does.
        if (e.unknown[1] == untried) e.unknown[1] = gained / 20;
        make(p, w, path, chosen);
        path = w.path;
        at = next;
      }
    }
    [[nodiscard]] static bool usable(P& p, const outcome& o) { return detail::is_finite(p.reward(o)); }

    // --- what comes of them ----------------------------------------------------------------------------------

    /// The i-th of `count` tasks, done with some of those after it if it is not done yet.
    tracks& ahead(std::size_t i, std::size_t count, std::size_t at_a_time, task todo) {
      if (i < begin_ || i >= end_) {
        const std::size_t most = workers_.threads() == 1 ? 1 : at_a_time * workers_.threads();
        begin_ = i;
        end_ = count - i < most ? count : i + most;
        if (traces_.size() < end_ - begin_) traces_.resize(end_ - begin_);
        const auto one = [&](P& p, walker& w, std::size_t k, condition halt) {
          traces_[k].met_count = 0;
          todo(p, w, begin_ + k, traces_[k], halt);
        };
        workers_(p_, own_, end_ - begin_, one, [this] { return best_.over(); });
      }
      return traces_[i - begin_];
    }
    /// What was done ahead is of no use any more, but for the outcomes of states.
    void forget() {
      for (std::size_t k = 0; k < end_ - begin_; ++k) {
        for (std::size_t i = 0; i < traces_[k].met_count; ++i) (void)remember(traces_[k].met[i].hash, traces_[k].met[i].outcome);
      }
      begin_ = end_ = 0;
    }
    std::uint32_t remember(std::uint64_t hash, const outcome& o) {
      const std::uint32_t known = seen_.find(hash);
      if (known != key_table::none) return known;
      seen_.add(hash, outcomes_.size());
      outcomes_.push_back({o, false});
      return static_cast<std::uint32_t>(outcomes_.size() - 1);
    }
    /// Counts the states that a task met first, as far as the budget goes; one of them may be the best.
    void take(const tracks& t) {
      for (std::size_t i = 0; i < t.met_count && best_.left() != 0; ++i) {
        const auto& state = t.met[i];
        auto& known = outcomes_[remember(state.hash, state.outcome)];
        if (known.counted) continue;
        known.counted = true;
        best_.count();
        if (best_.usable(known.value)) experience_.see(best_.reward(known.value));
        if (state.result) best_.offer(known.value, state.path);
      }
    }

    /// The best result without one of its actions, and with one more before all others, which changes what these do,
    /// until neither is better.
    void polish() {
      for (std::uint64_t before = 0; before != best_.best().best_at && !best_.over();) {
        before = best_.best().best_at;
        const search_actions& actions = best_.best().actions;
        try_all(actions, [&](P& p, walker& w, std::size_t left_out, tracks& t, condition) {
          w.go_to(p, {actions.data(), left_out});
          for (std::size_t i = left_out + 1; i < actions.size(); ++i) w.apply_if_legal(p, actions[i], options_.max_depth);
          look(p, w, t);
        });
        search_actions first;
        for (const search_action a : first_) {
          // Of many actions some, other ones each time.
          if (random_.below(first_.size()) < 4 * options_.enough) first.push_back(a);
        }
        try_all(first, [&](P& p, walker& w, std::size_t i, tracks& t, condition) {
          w.back_to(p, 0);
          w.apply_if_legal(p, first[i], options_.max_depth);
          for (const search_action a : actions) w.apply_if_legal(p, a, options_.max_depth);
          look(p, w, t);
        });
      }
    }

    /// Does a task for each of these actions, of which there may be fewer after a better result.
    void try_all(const search_actions& actions, task todo) {
      forget();
      for (std::size_t i = 0; i < actions.size() && !best_.over(); ++i) {
        const std::uint64_t best = best_.best().best_at;
        take(ahead(i, actions.size(), looks_at_a_time, todo));
        if (best_.best().best_at != best) forget();
      }
      forget();
    }

    struct known_outcome {
      outcome value{};
      bool counted = false;  // as an evaluation of the search; else it was computed ahead and not asked for yet
    };

    P& p_;
    Best& best_;
    const iterated_greedy& options_;
    Workers& workers_;
    split_mix random_;
    search_actions first_;  // actions that are legal at first
    walker own_;
    key_table seen_;
    plain_vector<known_outcome> outcomes_;
    experience experience_, learnt_;  // in use; for the next generation
    plain_vector<tracks> traces_;  // of tasks begin_ to end_
    std::size_t begin_ = 0, end_ = 0;
  };
};

}  // namespace partita
