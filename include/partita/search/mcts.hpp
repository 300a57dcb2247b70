// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Monte-Carlo tree search of one agent or of a game of two. The tree lies in two flat arrays and grows by one state a
// simulation; states that are reached in several ways are one. The same seed and number of evaluations give the same
// tree, whoever evaluates: see `batch` and parallel.hpp.
//
// What is known of a state is a mean of rewards. Values are normalised by the range of rewards seen so far. With one
// agent, what has been seen whole is not visited again, so that a small problem is searched exhaustively and ends.

#include <cmath>
#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/search/rollout.hpp>
#include <partita/search/selection.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// Which states of equal hash are one.
enum class merging : std::uint8_t {
  never,
  same_depth,  ///< those that as many actions lead to: enough where actions commute; no cycles
  any_depth    ///< all: for problems whose states only grow, or whose outcome does not depend on the way
};

struct mcts_options {
  std::uint64_t seed = 1;
  std::size_t max_depth = 256;      ///< actions of a plan
  merging merge = merging::same_depth;
  /// Progressive widening (Coulom, "Computing Elo ratings of move patterns in the game of Go", 2007): of a state's
  /// actions, the `widening * visits^widening_exponent` of the largest prior are tried. 0: all.
  double widening = 0;
  double widening_exponent = 0.5;
  /// Leaves that are chosen before any of them is evaluated; those on their way count as lost meanwhile. Part of what
  /// is searched: threads share a batch.
  std::size_t batch = 1;
  std::size_t max_nodes = std::size_t{1} << 24;  ///< the search ends there
};

struct mcts_statistics {
  std::uint64_t simulations = 0;
  std::uint64_t nodes = 0, edges = 0;
  std::uint64_t merged = 0;   ///< ways found to a state that was known
  std::uint64_t dropped = 0;  ///< actions without effect, or with that of another action of the same state
  [[nodiscard]] friend constexpr bool operator==(const mcts_statistics&, const mcts_statistics&) = default;
};

/// An action of the first state.
struct tried_action {
  search_action action = 0;
  std::uint32_t visits = 0;
  double mean_reward = 0;
  [[nodiscard]] friend constexpr bool operator==(const tried_action&, const tried_action&) = default;
};

/// Evaluates leaves one after the other on the problem of the search itself.
struct own_thread {
  template <class P, class E>
  void operator()(P& p, E& e, std::size_t count, const auto& evaluate) const {
    for (std::size_t i = 0; i < count; ++i) evaluate(p, e, i);
  }
};

/// A search that goes on as long as one likes.
///
///     mcts search(problem, mcts_options{.seed = 7}, random_rollout{}, uct{});
///     const auto& found = search.continue_for(search_budget::of_evaluations(10'000));
///
/// With one agent the result is the best that any evaluation came upon. In a game (AdversarialProblem) it is the line
/// of most visits; `outcome` is then that of the state at its end as it stands, and every result is of some use: `found`
/// says whether there is a move. The problem is left as it was found, and must outlive the search. After an exception
/// of the problem or the evaluator the result so far may be read; the search cannot go on.
/// Source: Browne et al., "A survey of Monte Carlo tree search methods", IEEE TCIAIG 4(1), 2012; statistics of merged
/// states as UCT2 in Childs, Brodeur, Kocsis, "Transpositions and move groups in Monte Carlo tree search", CIG 2008.
template <Problem P, Evaluator<P> E = random_rollout, Selection S = uct, Prior<P> F = uniform_prior>
class mcts {
 public:
  using outcome = outcome_of<P>;

  explicit mcts(P& p, const mcts_options& options = {}, E evaluator = {}, S selection = {}, F prior = {})
      : p_(p), options_(options), evaluator_(evaluator), selection_(selection), prior_(prior), out_(p) {
    if (options_.batch == 0) options_.batch = 1;
    items_.resize(options_.batch);
    nodes_.push_back({key_here(0)});
    if (options_.merge != merging::never) known_.add(nodes_[0].key, 0);
  }
  mcts(const mcts&) = delete;
  mcts& operator=(const mcts&) = delete;

  /// Goes on and returns the best so far. Evaluations that are asked for in several parts give what they would at
  /// once. The observer hears of each better result; the stop token is asked before each batch.
  template <class Observer = unobserved, class Stop = never_stop, class Workers = own_thread>
  const search_result<outcome>& continue_for(search_budget budget, const Observer& observer = {}, const Stop& stop = {},
                                             Workers&& workers = {}) {
    const way_back back{*this};
    stopwatch watch;
    const double before = result_.seconds;
    const std::uint64_t start = result_.evaluations - overrun_;
    const std::uint64_t target = budget.evaluations > ~start ? ~std::uint64_t{0} : start + budget.evaluations;
    const auto found = [&] {
      if constexpr (!adversarial) {
        observer(search_progress<outcome>{result_.outcome, result_.evaluations, before + watch.seconds()});
      }
    };
    while (result_.evaluations < target && !(budget.seconds > 0 && watch.seconds() >= budget.seconds) &&
           !detail::is_stopped(stop, result_.evaluations)) {
      if (evaluated_ == chosen_) {
        choose_batch(found);
        if (chosen_ == 0) break;
        if (result_.evaluations >= target) break;
      }
      const std::uint64_t left = target - result_.evaluations;
      const std::size_t count = chosen_ - evaluated_ < left ? chosen_ - evaluated_ : static_cast<std::size_t>(left);
      workers(p_, evaluator_, count, [&](P& p, E& e, std::size_t i) { evaluate(p, e, items_[evaluated_ + i]); });
      for (const std::size_t end = evaluated_ + count; evaluated_ < end; ++evaluated_) {
        ++result_.evaluations;
        if (take(items_[evaluated_])) found();
      }
      out_.back_to(0);
      if (evaluated_ == chosen_) merge();
    }
    out_.back_to(0);
    overrun_ = result_.evaluations > target ? result_.evaluations - target : 0;
    if constexpr (adversarial) {
      read_line();
    } else {
      detail::drop_idle_actions(p_, result_.actions);
    }
    result_.complete = nodes_[0].closed && evaluated_ == chosen_;
    result_.seconds = before + watch.seconds();
    return result_;
  }

  [[nodiscard]] const search_result<outcome>& result() const { return result_; }
  [[nodiscard]] mcts_statistics statistics() const {
    return {simulations_, nodes_.size(), edges_.size(), merged_, dropped_};
  }
  /// The actions of the first state that were tried, without those that lead to nothing new.
  [[nodiscard]] plain_vector<tried_action> tried() const {
    plain_vector<tried_action> all;
    for (std::uint32_t i = 0; i < nodes_[0].edge_count; ++i) {
      const edge& e = edges_[nodes_[0].first_edge + i];
      if (e.child == unopened) continue;
      const node& c = nodes_[e.child];
      all.push_back({e.action, e.visits, c.visits == 0 ? 0 : c.sum / c.visits});
    }
    return all;
  }

 private:
  static constexpr bool adversarial = AdversarialProblem<P>;
  static constexpr std::uint32_t unopened = ~std::uint32_t{0};
  using stopwatch = detail::stopwatch;

  struct node {
    std::uint64_t key = 0;
    double sum = 0, best = -1e300;
    std::uint32_t visits = 0, pending = 0;
    std::uint32_t first_edge = 0, edge_count = 0;
    bool expanded = false;
    bool closed = false;  // nothing below it is worth a visit
  };
  struct edge {
    search_action action = 0;
    std::uint32_t child = unopened;
    std::uint32_t visits = 0;  // with those on their way
    float prior = 0;
  };
  // A leaf that was chosen.
  struct item {
    plain_vector<std::uint32_t> nodes;  // from the first state to the leaf
    search_actions actions;             // on the way; stop_action is not among them
    bool stopped = false;
    bool here = false;                  // the problem of the search stands there
    leaf at;
    evaluation<outcome> value;
  };
  struct way_back {
    mcts& search;
    ~way_back() {
      search.out_.back_to(0);
      for (item& i : search.items_) i.here = false;
    }
  };

  // --- choosing ---------------------------------------------------------------------------------------------

  void choose_batch(const auto& found) {
    chosen_ = evaluated_ = 0;
    while (chosen_ < options_.batch && !full_ && !ended()) {
      item& i = items_[chosen_];
      if (!descend(i, found)) break;
      for (const std::uint32_t n : i.nodes) ++nodes_[n].pending;
      i.at.random = split_mix(detail::mixed(options_.seed, simulations_++));
      i.at.depth_left = i.stopped ? 0 : options_.max_depth - i.actions.size();
      i.at.actions.clear();
      i.here = options_.batch == 1;
      if (!i.here) out_.back_to(0);
      ++chosen_;
    }
  }
  [[nodiscard]] bool ended() const {
    return nodes_[0].closed || (adversarial && nodes_[0].expanded && nodes_[0].edge_count == 0);
  }

  // Goes to a leaf; whether there is one.
  bool descend(item& i, const auto& found) {
    out_.back_to(0);
    i.nodes.clear();
    i.actions.clear();
    i.stopped = false;
    i.nodes.push_back(0);
    while (true) {
      const std::uint32_t n = i.nodes.back();
      if (nodes_[n].visits + nodes_[n].pending == 0) {
        // What is cut off here need not be seen again.
        if constexpr (!adversarial) nodes_[n].closed = i.actions.size() == options_.max_depth && closes_at_limit();
        return true;
      }
      if (i.actions.size() == options_.max_depth) return true;
      if (!nodes_[n].expanded) expand(n, i, found);
      if (full_) return false;
      const std::uint32_t e = choose(n);
      if (e == unopened) {
        if constexpr (adversarial) return true;
        nodes_[n].closed = true;
        if (n == 0) return false;
        i.nodes.pop_back();
        i.actions.pop_back();
        out_.back_to(i.actions.size());
        continue;
      }
      if (edges_[e].action == stop_action) {
        const std::uint32_t child = edges_[e].child == unopened ? new_node(0) : edges_[e].child;
        edges_[e].child = child;
        ++edges_[e].visits;
        nodes_[child].closed = !adversarial;
        i.nodes.push_back(child);
        i.stopped = true;
        return true;
      }
      if (!follow(n, e, i)) {
        out_.back_to(i.actions.size());
        ++dropped_;
        drop(n, e);
      }
    }
  }
  [[nodiscard]] bool closes_at_limit() const { return options_.merge != merging::any_depth || options_.max_depth == 0; }

  // Does an action; false if that leads to where one is or where another action leads.
  bool follow(std::uint32_t n, std::uint32_t e, item& i) {
    if (edges_[e].child != unopened) {
      out_.apply(edges_[e].action);
    } else {
      const std::uint64_t before = p_.hash();
      out_.apply(edges_[e].action);
      if (p_.hash() == before) return false;
      const std::uint64_t key = key_here(i.actions.size() + 1);
      const std::uint32_t known = options_.merge == merging::never ? unopened : known_.find(key);
      if (known != unopened) {
        for (std::uint32_t k = 0; k < nodes_[n].edge_count; ++k) {
          if (edges_[nodes_[n].first_edge + k].child == known) return false;
        }
        ++merged_;
        edges_[e].child = known;
      } else {
        edges_[e].child = new_node(key);
        if (options_.merge != merging::never) known_.add(key, edges_[e].child);
      }
    }
    ++edges_[e].visits;
    i.nodes.push_back(edges_[e].child);
    i.actions.push_back(edges_[e].action);
    return true;
  }

  // The edge to follow from where the problem stands, or `unopened`.
  std::uint32_t choose(std::uint32_t n) {
    if constexpr (!adversarial) drop_closed(n);
    const node& from = nodes_[n];
    const std::uint32_t visits = from.visits + from.pending;
    std::uint32_t count = from.edge_count;
    if (options_.widening > 0) {
      const double most = options_.widening * std::pow(visits, options_.widening_exponent);
      if (most < count) count = most < 1 ? 1 : static_cast<std::uint32_t>(most);
      if (count > from.edge_count) count = from.edge_count;
    }
    const double scale = high_ > low_ ? 1 / (high_ - low_) : 0;
    const bool minimizes = wants_small();
    const auto normal = [&](double reward) {
      const double v = scale == 0 ? 0.5 : (reward - low_) * scale;
      return minimizes ? 1 - v : v;
    };
    const auto shared = selection_.at(node_statistics{visits, from.visits == 0 ? 0.5 : normal(from.sum / from.visits)});
    std::uint32_t chosen = unopened;
    double best = 0;
    for (std::uint32_t e = from.first_edge; e < from.first_edge + count; ++e) {
      edge_statistics s{edges_[e].visits, 0, 0, edges_[e].prior};
      double score = 0;
      if (edges_[e].child == unopened) {
        score = selection_.untried(shared, s);
      } else {
        const node& c = nodes_[edges_[e].child];
        if (c.visits != 0) {
          s.mean = normal(c.sum / c.visits);
          s.best = adversarial ? s.mean : normal(c.best);
          // Visits on their way count as lost.
          if (c.pending != 0) s.mean *= static_cast<double>(c.visits) / (c.visits + c.pending);
        }
        if (s.visits == 0) s.visits = 1;
        score = selection_.tried(shared, s);
      }
      if (chosen != unopened && !(score > best)) continue;
      chosen = e;
      best = score;
    }
    return chosen;
  }
  [[nodiscard]] bool wants_small() {
    if constexpr (adversarial) {
      return p_.player() != 0;
    } else {
      return false;
    }
  }

  // --- the tree ---------------------------------------------------------------------------------------------

  void expand(std::uint32_t n, const item& i, const auto& found) {
    legal_.clear();
    p_.legal_actions(legal_);
    if (!legal_.empty() && stop_is_new() && can_stop(p_)) legal_.push_back(stop_action);
    weights_.assign(legal_.size(), 1.0);
    prior_(p_, legal_, weights_, [&](search_action a, const outcome& o) {
      ++result_.evaluations;
      if (observe(i, a, o)) found();
    });
    double sum = 0;
    bool sorted = true;
    order_.clear();
    for (std::uint32_t k = 0; k < legal_.size(); ++k) {
      if (!(weights_[k] >= 0) || !detail::is_finite(weights_[k])) weights_[k] = 0;
      sum += weights_[k];
      sorted = sorted && (k == 0 || weights_[k] <= weights_[k - 1]);
      order_.push_back(k);
    }
    if (!sorted) {
      sort_in_place(order_, [this](std::uint32_t a, std::uint32_t b) {
        return weights_[a] != weights_[b] ? weights_[a] > weights_[b] : a < b;
      });
    }
    if (edges_.size() + legal_.size() >= unopened) {
      full_ = true;
      return;
    }
    nodes_[n].first_edge = static_cast<std::uint32_t>(edges_.size());
    nodes_[n].edge_count = static_cast<std::uint32_t>(legal_.size());
    nodes_[n].expanded = true;
    const bool usable = sum > 0 && detail::is_finite(sum);
    for (const std::uint32_t k : order_) {
      edges_.push_back({legal_[k], unopened, 0, static_cast<float>(usable ? weights_[k] / sum : 1.0 / static_cast<double>(legal_.size()))});
    }
  }
  static constexpr bool stop_is_new() {
    if constexpr (requires { E::as_it_stands; }) {
      return !E::as_it_stands;
    } else {
      return true;
    }
  }
  // An outcome that a prior computed after action a, where the problem stands.
  bool observe(const item& i, search_action a, const outcome& o) {
    see(p_.reward(o));
    if constexpr (adversarial) return false;
    if (result_.found && !p_.better(o, result_.outcome)) return false;
    if (a != stop_action && !can_stop(p_)) {
      search_actions& after = scratch_;
      after.clear();
      p_.legal_actions(after);
      if (!after.empty()) return false;
    }
    scratch_.clear();
    scratch_.append(i.actions);
    if (a != stop_action) scratch_.push_back(a);
    return detail::take_if_better(p_, result_, o, scratch_);
  }

  void drop_closed(std::uint32_t n) {
    for (std::uint32_t k = 0; k < nodes_[n].edge_count;) {
      const edge& e = edges_[nodes_[n].first_edge + k];
      if (e.child != unopened && nodes_[e.child].closed) {
        drop(n, nodes_[n].first_edge + k);
      } else {
        ++k;
      }
    }
  }
  void drop(std::uint32_t n, std::uint32_t e) {
    const std::uint32_t end = nodes_[n].first_edge + --nodes_[n].edge_count;
    for (; e < end; ++e) edges_[e] = edges_[e + 1];
  }
  std::uint32_t new_node(std::uint64_t key) {
    if (nodes_.size() + 1 >= options_.max_nodes || nodes_.size() + 2 >= unopened) full_ = true;
    nodes_.push_back({key});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  [[nodiscard]] std::uint64_t key_here(std::size_t depth) {
    return options_.merge == merging::same_depth ? detail::mixed(p_.hash(), depth) : p_.hash();
  }

  // --- evaluating -------------------------------------------------------------------------------------------

  void evaluate(P& p, E& e, item& i) const {
    detail::excursion<P> out(p);
    if (!i.here || &p != &p_) {
      for (const search_action a : i.actions) out.apply(a);
    }
    if (i.stopped) {
      i.value = {p.evaluate(), true};
    } else {
      i.value = e(p, i.at);
    }
  }
  // Whether it is the best result so far.
  bool take(item& i) {
    i.here = false;
    if constexpr (adversarial) return false;
    if (!i.value.result || (result_.found && !p_.better(i.value.outcome, result_.outcome))) return false;
    scratch_.clear();
    scratch_.append(i.actions);
    scratch_.append(i.at.actions);
    return detail::take_if_better(p_, result_, i.value.outcome, scratch_);
  }
  double see(double reward) {
    if (!detail::is_finite(reward)) return seen_ ? low_ : 0;
    low_ = seen_ && low_ < reward ? low_ : reward;
    high_ = seen_ && high_ > reward ? high_ : reward;
    seen_ = true;
    return reward;
  }
  void merge() {
    for (std::size_t k = 0; k < chosen_; ++k) {
      const double reward = see(p_.reward(items_[k].value.outcome));
      for (const std::uint32_t n : items_[k].nodes) {
        node& x = nodes_[n];
        --x.pending;
        ++x.visits;
        x.sum += reward;
        if (reward > x.best) x.best = reward;
      }
    }
  }
  // The line of most visits.
  void read_line() {
    result_.actions.clear();
    for (std::uint32_t n = 0; result_.actions.size() < options_.max_depth;) {
      std::uint32_t most = unopened;
      for (std::uint32_t k = 0; k < nodes_[n].edge_count; ++k) {
        const std::uint32_t e = nodes_[n].first_edge + k;
        if (edges_[e].child != unopened && (most == unopened || edges_[e].visits > edges_[most].visits)) most = e;
      }
      if (most == unopened || edges_[most].action == stop_action) break;
      result_.actions.push_back(edges_[most].action);
      n = edges_[most].child;
    }
    result_.found = !result_.actions.empty();
    result_.best_at = result_.evaluations;
    detail::excursion<P> out(p_);
    for (const search_action a : result_.actions) out.apply(a);
    result_.outcome = p_.evaluate();
  }

  P& p_;
  mcts_options options_;
  E evaluator_;
  S selection_;
  F prior_;
  detail::excursion<P> out_;
  plain_vector<node> nodes_;
  plain_vector<edge> edges_;
  key_table known_;  // nodes by key
  plain_vector<item> items_;           // the batch
  std::size_t chosen_ = 0, evaluated_ = 0;
  search_actions legal_, scratch_;
  plain_vector<double> weights_;
  plain_vector<std::uint32_t> order_;
  double low_ = 0, high_ = 0;
  bool seen_ = false, full_ = false;
  std::uint64_t simulations_ = 0, merged_ = 0, dropped_ = 0, overrun_ = 0;
  search_result<outcome> result_;
};

}  // namespace partita
