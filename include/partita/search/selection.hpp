// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a tree search chooses among the actions of a state it has seen, and what it believes of them before it has
// tried them.

#include <cmath>
#include <cstdint>

#include <partita/search/problem.hpp>

namespace partita {

/// What is known of an action in a state. Values are of the player to move: 0 is the worst reward seen, 1 the best.
struct edge_statistics {
  std::uint32_t visits = 0;
  double mean = 0;   ///< of the rewards of the state it leads to
  double best = 0;   ///< of the same
  double prior = 0;  ///< priors of a state's actions sum to 1
};

/// What is known of the state.
struct node_statistics {
  std::uint32_t visits = 0;
  double mean = 0;
};

/// Decides which action to try.
///
/// Intuition: what was good so far is worth another look, and so is what was hardly looked at.
/// Minimal definition: `s.at(node)` computes what all actions of a state share; `s.tried(c, edge)` is the score of an
/// action that was tried and `s.untried(c, edge)` of one that was not. The action of the largest score is taken, the
/// first of equals.
/// Laws: the scores depend on the arguments only and are not NaN.
/// Models: uct, puct.
template <class S>
concept Selection = requires(const S& s, const node_statistics& n, const edge_statistics& e) {
  { s.tried(s.at(n), e) } -> std::convertible_to<double>;
  { s.untried(s.at(n), e) } -> std::convertible_to<double>;
};

/// UCT (Kocsis, Szepesvari, "Bandit based Monte-Carlo planning", ECML 2006): every action once in the order of its
/// priors, then by mean + exploration * sqrt(ln(visits) / visits of the action).
/// With best_weight > 0 the mean gives way to the best reward: where nobody plays against us a good result stays good
/// whatever lies beside it.
struct uct {
  double exploration = 1.0;
  double best_weight = 0;

  [[nodiscard]] double at(const node_statistics& n) const {
    return exploration * std::sqrt(std::log(static_cast<double>(n.visits < 2 ? 2 : n.visits)));
  }
  [[nodiscard]] double tried(double c, const edge_statistics& e) const {
    return e.mean + best_weight * (e.best - e.mean) + c / std::sqrt(static_cast<double>(e.visits));
  }
  [[nodiscard]] double untried(double, const edge_statistics& e) const { return 1e9 + e.prior; }
};

/// PUCT (Rosin, "Multi-armed bandits with episode context", 2011, in the form of Silver et al., Nature 529, 2016):
/// exploration goes where the priors say. An action that was not tried counts as good as the state less `reduction`.
struct puct {
  double exploration = 1.0;
  double best_weight = 0;
  double reduction = 0;

  struct shared {
    double exploration = 0, untried = 0;
  };
  [[nodiscard]] shared at(const node_statistics& n) const {
    return {exploration * std::sqrt(static_cast<double>(n.visits)), n.mean - reduction};
  }
  [[nodiscard]] double tried(const shared& c, const edge_statistics& e) const {
    return e.mean + best_weight * (e.best - e.mean) + c.exploration * e.prior / (1.0 + static_cast<double>(e.visits));
  }
  [[nodiscard]] double untried(const shared& c, const edge_statistics& e) const { return c.untried + c.exploration * e.prior; }
};

/// Believes something of actions before they are tried.
///
/// Minimal definition: `f(p, actions, weights, observe)` sets the weights (as many as actions, all 1 before), which
/// are finite and not negative; `observe(a, outcome)`, called while action a is applied, tells of an outcome that was
/// computed there, so that it is counted and may be the best. p is left as it was. The actions may hold stop_action.
/// Laws: as for Evaluator. Models: uniform_prior, one_step_gains; any lambda of this form.
template <class F, class P>
concept Prior = Problem<P> && requires(F& f, P& p, list_view<search_action> actions, plain_vector<double>& weights,
                                       void (&observe)(search_action, const typename P::outcome&)) {
  f(p, actions, weights, observe);
};

/// All actions alike, in the order in which the problem lists them.
struct uniform_prior {
  template <class P>
  constexpr void operator()(P&, list_view<search_action>, plain_vector<double>&, const auto&) const {}
};

/// What each action gains at once: exp(sharpness * gain), the gain from 0 for the worst reward to 1 for the best.
/// Computed for as many states as are asked for, by default the first one. Then each action keeps what it was given
/// last, since actions that commute gain much the same everywhere, and one that was never tried has weight 1.
class one_step_gains {
 public:
  explicit one_step_gains(double sharpness = 3, std::uint64_t states = 1) : sharpness_(sharpness), states_(states) {}

  template <class P>
  void operator()(P& p, list_view<search_action> actions, plain_vector<double>& weights, const auto& observe) {
    if (states_ > 0) {
      --states_;
      learn(p, actions, observe);
    }
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::size_t k = slot(actions[i]);
      weights[i] = k < known_.size() ? known_[k] : 1;
    }
  }

 private:
  // stop_action comes first.
  static std::size_t slot(search_action a) { return static_cast<std::size_t>(static_cast<search_action>(a + 1)); }

  template <class P>
  void learn(P& p, list_view<search_action> actions, const auto& observe) {
    rewards_.assign(actions.size(), 0);
    double low = 0, high = 0;
    bool any = false;
    for (std::size_t i = 0; i < actions.size(); ++i) {
      if (actions[i] != stop_action) p.apply(actions[i]);
      const outcome_of<P> o = p.evaluate();
      observe(actions[i], o);
      if (actions[i] != stop_action) p.undo();
      const double r = p.reward(o);
      rewards_[i] = r;
      if (!detail::is_finite(r)) continue;
      low = any && low < r ? low : r;
      high = any && high > r ? high : r;
      any = true;
    }
    for (std::size_t i = 0; i < actions.size(); ++i) {
      double gain = 0;
      if (detail::is_finite(rewards_[i]) && high > low) gain = (rewards_[i] - low) / (high - low);
      if constexpr (requires { p.player(); }) {
        if (p.player() != 0) gain = 1 - gain;
      }
      const std::size_t k = slot(actions[i]);
      if (k >= known_.size()) known_.resize(k + 1, 1.0);
      known_[k] = std::exp(sharpness_ * gain);
    }
  }

  double sharpness_;
  std::uint64_t states_;
  plain_vector<double> known_, rewards_;
};

}  // namespace partita
