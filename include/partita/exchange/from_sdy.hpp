// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program that says by Shardy's shardings and collectives how it runs on a mesh, as the program of one device. What
// it says becomes decisions of a state, which lowering carries out as it does those of tactics: each value with a
// sharding lies so, each op is split as its results, or what it reduces over, ask. What is not said is whole.
//
// A collective between shardings is the identity on whole values. A sum over devices is it where its operand is known
// to be parts of a sum; anything else that would have to add up what devices hold is refused.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <partita/exchange/sdy_placement.hpp>
#include <partita/exchange/to_sdy.hpp>
#include <partita/exchange/to_stablehlo.hpp>
#include <partita/ir/rewriter.hpp>
#include <partita/lower/lowering.hpp>
#include <partita/op/sdy.hpp>
#include <partita/plan/explain.hpp>

namespace partita {

/// A program with its own shardings, as one device runs it.
template <class Ops>
struct sharded_program {
  basic_graph<Ops> graph;  ///< StableHLO and collectives over axes of the mesh
  device_mesh mesh;        ///< the program's, its axes split where a sharding splits one
  std::vector<layout> arguments, results;
  std::vector<sdy::place> enters, leaves;  ///< where the program's own words say that arguments and results are
  std::vector<std::string> left_whole;     ///< what was not split as the program says, with the reason
};

namespace detail {

// What ops of Shardy's dialect say, as text; empty for ops that say nothing of the kind.
struct result_sharding_of {
  template <class O>
  static constexpr auto in(const attributes_of<O>& a) -> decltype(O::result_sharding(a)) {
    return O::result_sharding(a);
  }
};
struct summed_axes_of {
  template <class O>
  static constexpr auto in(const attributes_of<O>& a) -> decltype(O::summed_axes(a)) {
    return O::summed_axes(a);
  }
};
struct unreduced_axes_of {
  template <class O>
  static constexpr auto in(const attributes_of<O>& a) -> decltype(O::unreduced_axes(a)) {
    return O::unreduced_axes(a);
  }
};
template <class What, class Ops, class... Os>
[[nodiscard]] std::string_view said_by_one_of(const basic_graph<Ops>& g, op_id o, op_list<Os...>) {
  std::string_view text;
  const auto ask = [&]<class O>(std::type_identity<O>) {
    if constexpr (table_of<Ops>::template holds<O> &&
                  requires(const attributes_of<O>& a) { What::template in<O>(a); }) {
      if (g.template is<O>(o)) text = g.text(What::template in<O>(g.template attributes<O>(o)).text);
    }
  };
  (ask(std::type_identity<Os>{}), ...);
  return text;
}
template <class What, class Ops>
[[nodiscard]] std::string_view said_by(const basic_graph<Ops>& g, op_id o) {
  return said_by_one_of<What>(g, o, typename flatten<op::sdy_ops>::type{});
}
template <class What, class Ops>
[[nodiscard]] std::vector<sdy::axis_ref> axes_said_by(const basic_graph<Ops>& g, op_id o) {
  const std::string_view text = said_by<What>(g, o);
  return text.empty() ? std::vector<sdy::axis_ref>{} : sdy::parse_axes(text, g.info(o).name);
}

/// The value that one device has, on all.
template <class Ops>
[[nodiscard]] value_id sent_from(graph_rewriter<Ops>& to, value_id v, std::int64_t device, std::int64_t devices) {
  std::vector<std::int64_t> group{device};
  for (std::int64_t i = 0; i < devices; ++i) {
    if (i != device) group.push_back(i);
  }
  return to.template add<op::collective_broadcast>({v}, {store_groups(to.out(), group, devices), device_channel});
}

template <class Ops>
class sdy_lowering {
 public:
  explicit sdy_lowering(const basic_graph<Ops>& original) : original_(original) {}

  sharded_program<Ops> run() {
    read();
    meshes_.finish();
    open_manual_computations();
    const rule_table rules = make_rules(g_);
    const dataflow flow(g_, rules);
    sharding_state state(g_, rules, meshes_.result().sizes());
    decide(state);
    find_sums(state, flow);
    std::vector<layout> results;
    for (const sdy::place& p : leaves_) results.push_back(p.at);
    const std::vector<std::int32_t> no_twins(results.size(), -1);
    lowering_options options;
    options.results = results;
    const local_program<Ops> local = lowering<Ops>(g_, state, flow, no_twins, options).run();
    sharded_program<Ops> made;
    made.graph = finished(local);
    made.mesh = meshes_.result();
    made.arguments = local.arguments;
    made.results = local.results;
    for (const value_id v : g_.arguments()) made.enters.push_back(places_[v.index].value_or(sdy::place{}));
    made.leaves = leaves_;
    made.left_whole = left_whole_;
    return made;
  }

 private:
  struct manual_shardings {
    std::vector<sdy::sharding> in, out;
    std::vector<sdy::axis_ref> axes;
  };

  // --- what the program says ---------------------------------------------------------------------------------

  std::string called(value_id v) const {
    const bool argument = original_.argument_of(v) == original_.body();
    return (argument ? "argument " : "the result of ") + describe_value(original_, v);
  }
  std::string result_called(std::size_t i) const { return "result " + std::string(original_.result_name(i)); }

  void read() {
    const basic_graph<Ops>& g = original_;
    said_.resize(g.value_count());
    said_results_.resize(g.results().size());
    for (const annotation& a : g.annotations()) {
      if (a.where == annotation::place::program && g.text(a.key) == "sdy.mesh")
        meshes_.add(sdy::parse_mesh(g.text(a.value)));
    }
    for (const annotation& a : g.annotations()) {
      if (g.text(a.key) != "sdy.sharding") continue;
      const std::string_view text = g.text(a.value);
      if (a.where == annotation::place::argument) said_[g.arguments()[a.index].index] = sdy::parse_sharding(text);
      if (a.where == annotation::place::result) said_results_[a.index] = sdy::parse_sharding(text);
      if (a.where != annotation::place::op) continue;
      const auto results = g.results(op_id{a.index});
      const std::vector<sdy::sharding> all = sdy::parse_shardings(text);
      if (all.size() != results.size()) {
        throw error(describe_op(g, op_id{a.index}) + " has " + std::to_string(all.size()) + " shardings for " +
                    std::to_string(results.size()) + " results");
      }
      for (std::size_t i = 0; i < all.size(); ++i) said_[results[i].index] = all[i];
    }
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      const op_id o{i};
      if (const std::string_view text = said_by<result_sharding_of>(g, o); !text.empty()) {
        said_[g.results(o)[0].index] = sdy::parse_sharding(text, describe_op(g, o));
      }
      if (g.template is<op::sdy::manual_computation>(o)) read_manual(o);
    }
    for (std::uint32_t v = 0; v < said_.size(); ++v) {
      if (said_[v]) meshes_.note(*said_[v], called({v}));
    }
    for (std::size_t i = 0; i < said_results_.size(); ++i) {
      if (said_results_[i]) meshes_.note(*said_results_[i], result_called(i));
    }
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      const op_id o{i};
      for (const auto& axes : {axes_said_by<summed_axes_of>(g, o), axes_said_by<unreduced_axes_of>(g, o)}) {
        if (!axes.empty()) meshes_.note(axes, *said_[g.results(o)[0].index], describe_op(g, o));
      }
    }
  }

  void read_manual(op_id o) {
    const auto& a = original_.template attributes<op::sdy::manual_computation>(o);
    const std::string where = describe_op(original_, o);
    manual_shardings m;
    m.in = sdy::parse_shardings(original_.text(a.in_shardings.text), where);
    m.out = sdy::parse_shardings(original_.text(a.out_shardings.text), where);
    m.axes = sdy::parse_axes(original_.text(a.manual_axes.text), where);
    if (m.in.size() != original_.operands(o).size() || m.out.size() != original_.results(o).size())
      throw error(where + ": in_shardings and out_shardings must name one sharding for each operand and result");
    for (const auto& shardings : {m.in, m.out}) {
      for (const sdy::sharding& s : shardings) meshes_.note(s, where);
    }
    if (!m.axes.empty() && !(m.in.empty() && m.out.empty()))
      meshes_.note(m.axes, m.in.empty() ? m.out[0] : m.in[0], where);
    manual_.resize(original_.op_count());
    manual_[o.index] = m;
  }

  // --- manual computations among the other ops ----------------------------------------------------------------

  sdy::place manual_place(const sdy::sharding& s, value_id v, op_id o) const {
    const std::string where = describe_value(original_, v) + ", at " + describe_op(original_, o);
    sdy::place p = meshes_.place_of(s, original_.type(v), where);
    if (!p.devices.empty() || p.only >= 0) {
      throw unsupported(sdy::need::one_device_order,
                        where +
                            ": its body is code for one device, but the mesh has device_ids;"
                            " it must be on a mesh that numbers its devices row by row");
    }
    expect_equal_parts(p, original_.type(v), where);
    if (p.unreduced != 0)
      throw unsupported(sdy::need::known_parts,
                        where + ": a value of a manual computation cannot be unreduced; sum it inside");
    return p;
  }
  static sdy::place at_layout(const layout& l) {
    sdy::place p;
    p.at = l;
    return p;
  }
  void expect_equal_parts(const sdy::place& p, const type_view& t, const std::string& where) const {
    if (p.left_whole.empty()) return;
    throw unsupported(sdy::need::padding, meshes_.unequal_parts(p, t, where) +
                                              ", and they are not padded; choose sizes that the axes divide");
  }
  static sdy::unsupported_sharding unsupported(sdy::need n, const std::string& message) { return {n, message}; }

  /// Puts the ops of manual computations among the others, and the places that values have with them.
  void open_manual_computations() {
    graph_rewriter<Ops> to(original_);
    to.copy_arguments();
    struct opener {
      sdy_lowering& self;
      graph_rewriter<Ops>& to;
      bool operator()(op_id o) {
        const basic_graph<Ops>& g = self.original_;
        if (!g.template is<op::sdy::manual_computation>(o)) return false;
        const manual_shardings& m = self.manual_[o.index];
        const region_id body = g.regions(o)[0];
        const std::uint8_t axes = self.meshes_.set_of(m.axes);
        for (std::size_t i = 0; i < m.in.size(); ++i) {
          const value_id outer = g.operands(o)[i], inner = g.arguments(body)[i];
          self.cross(to, op::sdy::enter_manual{}, outer, outer, inner, self.manual_place(m.in[i], outer, o), axes);
        }
        to.copy_region(body, to.region(), *this);
        for (std::size_t i = 0; i < m.out.size(); ++i) {
          const value_id outer = g.results(o)[i], inner = g.results(body)[i];
          self.cross(to, op::sdy::leave_manual{}, inner, outer, outer, self.manual_place(m.out[i], outer, o), axes);
        }
        return true;
      }
    };
    opener hook{*this, to};
    to.copy_body(hook);
    std::vector<value_id> copies;
    for (std::uint32_t v = 0; v < original_.value_count(); ++v) copies.push_back(to[{v}]);
    g_ = to.finish();
    places_.resize(g_.value_count());
    for (std::uint32_t i = 0; i < copies.size(); ++i) {
      const value_id v{i};
      if (!said_[i]) continue;
      const sdy::place p = meshes_.place_of(*said_[i], original_.type(v), called(v));
      if (original_.argument_of(v) == original_.body()) expect_equal_parts(p, original_.type(v), called(v));
      if (!p.left_whole.empty()) left_whole_.push_back(meshes_.unequal_parts(p, original_.type(v), called(v)));
      places_[copies[i].index] = p;
    }
    for (const crossing& c : crossings_) {
      if (!places_[c.made.index]) places_[c.made.index] = at_layout(c.result);
    }
    for (std::size_t i = 0; i < g_.results().size(); ++i) {
      sdy::place p;
      const value_id v = original_.results()[i];
      if (said_results_[i]) p = meshes_.place_of(*said_results_[i], original_.type(v), result_called(i));
      expect_equal_parts(p, original_.type(v), result_called(i));
      if (p.unreduced != 0) {
        throw unsupported(sdy::need::known_parts,
                          result_called(i) + " leaves as parts of a sum; sum it before it leaves");
      }
      leaves_.push_back(p);
    }
  }

  // A value that enters or leaves a manual computation: which of its splits are the device's own business.
  struct crossing {
    value_id made;
    layout whole;   // of the side that the rest of the program sees
    layout result;  // of the made value
  };

  template <class O>
  void cross(graph_rewriter<Ops>& to, O, value_id from, value_id outer, value_id named, const sdy::place& p,
             std::uint8_t axes) {
    constexpr bool enters = std::is_same_v<O, op::sdy::enter_manual>;
    layout inside;
    size_list local(original_.type(outer).dims);
    for (const split& s : p.at.splits) {
      if ((axes >> s.axis & 1) == 0) {
        inside.add(s.dim, s.axis);
        continue;
      }
      local[s.dim] /= meshes_.result().size(s.axis);
      if (!inside.axes_of(s.dim).empty())
        throw error(describe_value(original_, outer) + ": manual axes must split a dim before others do, at " +
                    "sdy.manual_computation");
    }
    const type_view part = to.out().type(enters ? to.type_of(named) : to.out().type_index(to[from]));
    if (!(part == type_view{part.element, local.view()})) {
      throw error(describe_value(original_, outer) + " has parts of type " +
                  to_string(type_view{part.element, local.view()}) + " over the manual axes, but the body of the " +
                  "sdy.manual_computation has " + to_string(part));
    }
    const value_id made = to.template add<O>({to[from]}, {}, {to.type_of(named)});
    to.set(named, made);
    crossings_.push_back({made, p.at, enters ? inside : p.at});
  }

  // --- decisions ---------------------------------------------------------------------------------------------

  struct wish {
    axis_index axis;
    factor_index factor;
  };

  void decide(sharding_state& state) {
    for (std::uint32_t v = 0; v < places_.size(); ++v) {
      if (!places_[v]) continue;
      std::uint16_t order = 0;
      for (const split& s : places_[v]->at.splits) state.set(value_id{v}, s.axis, value_sharding::tile(s.dim), ++order);
    }
    const rule_table& rules = state.rules();
    for (const crossing& c : crossings_) {
      const unit_id u = rules.units(g_.definition(c.made))[0];
      const bool enters = g_.template is<op::sdy::enter_manual>(rules[u].op);
      std::vector<wish> wishes;
      collect(state, u, rules.slots(u)[enters ? 0 : 1], c.whole, wishes);
      std::uint16_t order = 0;
      for (const wish& w : wishes) state.set(u, w.axis, decision::split(w.factor), ++order);
    }
    for (const unit_id u : rules.units()) decide(state, u);
  }

  // The factors that a layout of a slot's value asks to split, dim by dim, major first.
  void collect(const sharding_state& state, unit_id u, const slot& s, const layout& at,
               std::vector<wish>& wishes) const {
    for (std::size_t d = 0; d < s.rank; ++d) {
      axis_list before;
      for (const axis_index a : at.axes_of(d)) {
        const int f = factor_for(state.rules(), u, s, d, before, a, state.axes());
        before.push_back(a);
        if (f != no_factor) wishes.push_back({a, static_cast<factor_index>(f)});
      }
    }
  }

  // Results say how their op is split; where they do not, operands say over what it reduces. An op that cannot be split
  // so works on whole values.
  void decide(sharding_state& state, unit_id u) const {
    const rule_table& rules = state.rules();
    std::vector<wish> wishes;
    for (const bool use : {false, true}) {
      for (const slot& s : rules.slots(u)) {
        if (s.is_use() != use || !places_[s.value.index]) continue;
        std::vector<wish> of_slot;
        collect(state, u, s, places_[s.value.index]->at, of_slot);
        for (const wish& w : of_slot) {
          if (!use || rules.factors(u)[w.factor].kind == factor_kind::reduction) wishes.push_back(w);
        }
      }
    }
    std::uint16_t order = 0;
    for (bool more = true; more;) {
      more = false;
      for (const wish& w : wishes) {
        if (state(u, w.axis).known() || !can_split(state, u, w.factor, w.axis)) continue;
        state.set(u, w.axis, decision::split(w.factor), ++order);
        more = true;
      }
    }
  }

  // --- sums --------------------------------------------------------------------------------------------------

  /// Checks that what collectives add up are parts of one value: a factor that an op reduces over is split over their
  /// axes, or an argument arrives so.
  void find_sums(const sharding_state& state, const dataflow& flow) {
    for (std::uint32_t i = 0; i < g_.op_count(); ++i) {
      const std::uint8_t axes = meshes_.set_of(axes_said_by<summed_axes_of>(g_, {i}));
      for (std::size_t a = 0; a < state.axes().size(); ++a) {
        if ((axes >> a & 1) != 0) find_parts(state, flow, op_id{i}, static_cast<axis_index>(a));
      }
    }
  }

  void find_parts(const sharding_state& state, const dataflow& flow, op_id sum, axis_index a) {
    const auto refuse = [&](const std::string& why) {
      throw unsupported(
          sdy::need::known_parts,
          describe_op(g_, sum) + " over " + std::string(meshes_.result().name(a)) + ": " + why +
              "; a sum takes what an op reduces over that axis, or an argument, and nothing else may use it");
    };
    for (value_id v = g_.operands(sum)[0];;) {
      std::size_t uses = flow.escapes(v) ? 1 : 0;
      for (const contact& c : flow.contacts(v)) uses += c.is_use ? 1 : 0;
      if (uses != 1) refuse(describe_value(g_, v) + " has other uses");
      const op_id o = g_.definition(v);
      if (!o) {
        if (g_.argument_of(v) != g_.body()) refuse("an argument of a loop or branch is not known to be parts of a sum");
        if (!places_[v.index]) places_[v.index].emplace();
        if (places_[v.index]->at.dim_of(a) >= 0) refuse(describe_value(g_, v) + " is split over it");
        if (places_[v.index]->combines != monoid::add) refuse(describe_value(g_, v) + " does not combine by addition");
        places_[v.index]->unreduced = static_cast<std::uint8_t>(places_[v.index]->unreduced | 1u << a);
        return;
      }
      if ((meshes_.set_of(axes_said_by<summed_axes_of>(g_, o)) >> a & 1) != 0)
        refuse("its operand is summed over it already");
      if ((meshes_.set_of(axes_said_by<unreduced_axes_of>(g_, o)) >> a & 1) != 0) return;
      if (says_sharding(g_, o)) {
        v = g_.operands(o)[0];
        continue;
      }
      if (!reduces_over(state, o, v, a)) refuse(describe_value(g_, v) + " does not reduce over it");
      return;
    }
  }

  // Whether the op that makes v reduces over what is split over the axis: it is split so, or could not be and combines
  // whole operands instead.
  bool reduces_over(const sharding_state& state, op_id o, value_id v, axis_index a) const {
    const rule_table& rules = state.rules();
    for (const unit_id u : rules.units(o)) {
      const decision d = state(u, a);
      if (d.is_split()) return rules.factors(u)[d.factor()].kind == factor_kind::reduction;
      for (const slot& s : rules.slots(u)) {
        if (!s.is_use() || !places_[s.value.index]) continue;
        const int dim = places_[s.value.index]->wanted_dim_of(a);
        if (dim >= 0 && !holds_any(rules, u, v, rules.dim(s, static_cast<std::size_t>(dim)))) return true;
      }
    }
    return false;
  }
  static bool holds_any(const rule_table& rules, unit_id u, value_id v, list_view<factor_index> factors) {
    for (const slot& s : rules.slots(u)) {
      if (s.is_use() || s.value != v) continue;
      for (std::size_t d = 0; d < s.rank; ++d) {
        for (const factor_index f : rules.dim(s, d)) {
          for (const factor_index g : factors) {
            if (f == g) return true;
          }
        }
      }
    }
    return false;
  }

  // --- the program of one device -----------------------------------------------------------------------------

  /// Without ops that only say shardings, and with what one device alone computes sent to all.
  basic_graph<Ops> finished(const local_program<Ops>& local) const {
    std::vector<std::int64_t> only(local.graph.value_count(), -1);
    for (std::uint32_t v = 0; v < places_.size(); ++v) {
      const value_id made = local.values[v].local;
      if (made && places_[v] && g_.definition({v})) only[made.index] = places_[v]->only;
    }
    graph_rewriter<Ops> to(local.graph);
    to.copy_arguments();
    struct finisher {
      const basic_graph<Ops>& g;
      graph_rewriter<Ops>& to;
      const std::vector<std::int64_t>& only;
      std::int64_t devices;
      bool operator()(op_id o) {
        const bool identity =
            says_sharding(g, o) || g.template is<op::sdy::enter_manual>(o) || g.template is<op::sdy::leave_manual>(o);
        bool sent = false;
        for (const value_id v : g.results(o)) sent = sent || only[v.index] >= 0;
        if (!identity && !sent) return false;
        if (!identity) to.copy_op(o, *this);
        for (const value_id v : g.results(o)) {
          if (identity) to.set(v, to[g.operands(o)[0]]);
          if (only[v.index] >= 0) to.set(v, sent_from(to, to[v], only[v.index], devices));
        }
        return true;
      }
    };
    finisher hook{local.graph, to, only, meshes_.result().devices()};
    to.copy_body(hook);
    return to.finish();
  }

  const basic_graph<Ops>& original_;
  sdy::fine_mesh meshes_;
  std::vector<std::optional<sdy::sharding>> said_, said_results_;  // by value, by result
  std::vector<manual_shardings> manual_;                           // by op
  basic_graph<Ops> g_;                                             // the original without manual computations
  std::vector<std::optional<sdy::place>> places_;                  // by value of g_
  std::vector<sdy::place> leaves_;
  std::vector<std::string> left_whole_;
  std::vector<crossing> crossings_;
};

/// The value that this device gets when each device sends what it has to another one.
template <class Ops>
[[nodiscard]] value_id permuted(graph_rewriter<Ops>& to, value_id v, const std::vector<std::int64_t>& devices,
                                bool from_places) {
  std::vector<std::int64_t> pairs;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    pairs.push_back(from_places ? place : devices[i]);
    pairs.push_back(from_places ? devices[i] : place);
  }
  return to.template add<op::collective_permute>({v}, {store_groups(to.out(), pairs, 2), device_channel});
}

}  // namespace detail

/// Whether a program says how some of its values lie on a mesh.
[[nodiscard]] inline bool has_shardings(const graph_base& g) {
  for (const annotation& a : g.annotations()) {
    if (g.text(a.key) == "sdy.sharding") return true;
  }
  return false;
}

/// Whether a program has code for one device of a mesh, so that one device cannot run it as a whole.
template <class Ops>
[[nodiscard]] bool needs_mesh(const basic_graph<Ops>& g) {
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    if (g.template is<op::sdy::manual_computation>(op_id{i})) return true;
  }
  return false;
}

/// A program with Shardy's shardings as the program of one device. Throws sdy::unsupported_sharding for shardings that
/// cannot be carried out, error for those that are wrong. Source: Shardy's dialect (openxla/shardy).
template <class Ops>
[[nodiscard]] sharded_program<Ops> from_sdy(const basic_graph<Ops>& g) {
  return detail::sdy_lowering<Ops>(g).run();
}

/// The same in StableHLO alone, for callers that give each device what the program's own words say: parts of a sum
/// where an argument is summed, shards in the order of the devices of its mesh.
template <class Ops>
[[nodiscard]] basic_graph<Ops> to_stablehlo(const sharded_program<Ops>& p) {
  graph_rewriter<Ops> to(p.graph);
  to.copy_arguments();
  for (std::size_t i = 0; i < p.enters.size(); ++i) {
    const sdy::place& at = p.enters[i];
    const value_id v = p.graph.arguments()[i];
    if (!at.devices.empty()) to.set(v, detail::permuted(to, to[v], at.devices, false));
    if (at.only >= 0) to.set(v, detail::sent_from(to, to[v], at.only, p.mesh.devices()));
    op::detail::mesh_collective::attributes moves;
    moves.combines = at.combines;
    for (std::size_t a = 0; a < p.mesh.axis_count(); ++a) {
      const auto axis = static_cast<axis_index>(a);
      if ((at.unreduced >> a & 1) != 0) moves.push_back({axis, p.mesh.size(axis), 0, 0});
    }
    if (moves.size() != 0) to.set(v, to.template add<op::mesh_all_reduce>({to[v]}, moves));
  }
  to.copy_body([](op_id) { return false; });
  basic_graph<Ops>& out = to.out();
  for (std::size_t i = 0; i < p.leaves.size(); ++i) {
    value_id v = to[p.graph.results()[i]];
    if (!p.leaves[i].devices.empty()) v = detail::permuted(to, v, p.leaves[i].devices, true);
    out.add_result(v, p.graph.result_name(i));
  }
  out.finish();
  return to_stablehlo(out, p.mesh);
}

}  // namespace partita
