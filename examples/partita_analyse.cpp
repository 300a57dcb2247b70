// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include "partita_analyse.hpp"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <partita/report/causes.hpp>
#include <partita/report/terminal.hpp>
#include <partita/search/split_cost.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/stablehlo_instance.hpp>

#include "partita_files.hpp"

namespace partita {

namespace {

/// What it costs to split a colour over one axis, by what is done about its conflicts.
struct axis_costs {
  std::string axis;
  std::int64_t devices = 0;
  split_cost unsettled, side[2];
};

std::string count_of(std::size_t n, const char* what) {
  return format_count(static_cast<std::int64_t>(n)) + " " + what + (n == 1 ? "" : "s");
}

/// Colours or compatibility sets of the same structure, by the first of them.
template <class Id>
struct alike {
  Id first;
  std::vector<Id> all;
};

template <class Id>
std::vector<alike<Id>> group_alike(id_range<Id> ids, const split_choices& choices) {
  std::vector<alike<Id>> groups;
  for (const Id id : ids) {
    const std::uint32_t k = choices.class_of(id);
    if (k == groups.size()) groups.push_back({id, {}});
    groups[k].all.push_back(id);
  }
  return groups;
}

class analysis_report {
 public:
  /// @param mesh over whose axes conflicts are tried; without axes, over one of a typical size
  analysis_report(const graph& g, const device_mesh& mesh) : g_(g), facts_(g), analysis_(facts_), mesh_(mesh) {}

  std::string text() const {
    std::string out = (g_.name().empty() ? std::string("program") : std::string(g_.name())) + "   " +
                      count_of(g_.op_count(), "op") + "   " + count_of(names().size(), "colour") + "   " +
                      count_of(conflicts().size(), "conflict set") + "   " +
                      count_of(choices().all().size(), "choice") + "\n";
    out += colours_text();
    out += conflicts_text();
    out += families_text();
    return out;
  }

  nlohmann::ordered_json json() const {
    using nlohmann::ordered_json;
    ordered_json j;
    j["program"] = std::string(g_.name());
    j["ops"] = g_.op_count();
    j["colours"] = ordered_json::array();
    for (const colour_id c : names().colours()) {
      const colour& e = names()[c];
      ordered_json dims = ordered_json::array();
      for (const dim_of_value& at : names().dims(c)) {
        if (is_argument(at.value)) dims.push_back({{"argument", argument_name(at.value)}, {"dim", at.dim}});
      }
      const dim_of_value first = names().dims(c)[0];
      j["colours"].push_back({{"colour", c.index},
                              {"class", choices().class_of(c)},
                              {"size", e.size},
                              {"largest", e.largest},
                              {"values", e.values},
                              {"bytes", e.bytes},
                              {"ops", e.units},
                              {"reductions", e.reductions},
                              {"walls", e.walls},
                              {"stacks_layers", e.stacks_layers},
                              {"first", place_of(first)},
                              {"arguments", dims}});
    }
    j["conflicts"] = ordered_json::array();
    for (const auto& group : group_alike(conflicts().sets(), choices())) {
      const conflict_set& s = conflicts()[group.first];
      ordered_json costs = ordered_json::array();
      for (const axis_costs& c : costs_of(group.first)) {
        costs.push_back({{"axis", c.axis},
                         {"devices", c.devices},
                         {"unsettled", json_of(c.unsettled)},
                         {"sides", {json_of(c.side[0]), json_of(c.side[1])}}});
      }
      j["conflicts"].push_back({{"colour", s.colour.index},
                                {"sets", group.all.size()},
                                {"values", s.values},
                                {"ops", s.units},
                                {"bytes", s.bytes},
                                {"twisted", s.twisted},
                                {"sides", {side_of(group.first, 0), side_of(group.first, 1)}},
                                {"costs", costs}});
    }
    j["families"] = ordered_json::array();
    for (const auto& parts : families()) {
      ordered_json family = ordered_json::array();
      for (const auto& part : parts) {
        ordered_json arguments = ordered_json::array();
        for (const std::size_t i : part) arguments.push_back(std::string(g_.argument_name(i)));
        family.push_back(arguments);
      }
      const value_id v = g_.arguments()[parts[0][0]];
      ordered_json colours = ordered_json::array();
      for (std::size_t d = 0; d < g_.type(v).rank(); ++d) {
        const colour_id c = names().of(v, d);
        colours.push_back(c ? ordered_json(c.index) : ordered_json(nullptr));
      }
      j["families"].push_back({{"type", to_string(g_.type(v))}, {"colours", colours}, {"parts", family}});
    }
    return j;
  }

 private:
  const named_dims& names() const { return analysis_.names; }
  const dim_conflicts& conflicts() const { return analysis_.conflicts; }
  const split_choices& choices() const { return analysis_.choices; }

  bool is_argument(value_id v) const { return g_.argument_of(v) == g_.body(); }
  std::string argument_name(value_id v) const { return std::string(g_.argument_name(g_.position(v))); }

  /// A value as users know it: an argument's path, or the scope of the op that makes it.
  std::string name_of_value(value_id v) const {
    if (is_argument(v)) return argument_name(v);
    const op_id o = g_.definition(v) ? g_.definition(v) : g_.owner(g_.argument_of(v));
    const std::string_view scope = g_.scope(o);
    return scope.empty() ? std::string(g_.info(o).name) : std::string(scope);
  }
  std::string place_of(const dim_of_value& at) const { return name_of_value(at.value) + "." + std::to_string(at.dim); }

  /// Where colours of one class are: their arguments' dims, else the first value's, equal layers folded.
  std::string places(const std::vector<colour_id>& colours) const {
    constexpr std::size_t shown = 4;
    std::vector<std::string> found;
    for (const colour_id c : colours) {
      for (const dim_of_value& at : names().dims(c)) {
        if (!is_argument(at.value) && !found.empty()) break;
        const std::string place = fold_place(place_of(at));
        if (std::find(found.begin(), found.end(), place) == found.end()) found.push_back(place);
        if (!is_argument(at.value)) break;
      }
    }
    std::string text;
    for (std::size_t i = 0; i < found.size() && i < shown; ++i) text += (i == 0 ? "" : ", ") + found[i];
    if (found.size() > shown) text += " and " + format_count(static_cast<std::int64_t>(found.size() - shown)) + " more";
    return text;
  }

  bool conflicts_in(colour_id c) const {
    for (const conflict_set_id s : conflicts().sets()) {
      if (conflicts()[s].colour == c) return true;
    }
    return false;
  }

  std::string colours_text() const {
    auto groups = group_alike(names().colours(), choices());
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const auto& a, const auto& b) { return names()[a.first].bytes > names()[b.first].bytes; });
    std::string out =
        "\ncolours: dims that split together\n     size       times   values     bytes      ops     sums\n";
    std::size_t hidden = 0;
    for (const auto& group : groups) {
      const colour& e = names()[group.first];
      if (e.units == 0) {
        hidden += group.all.size();
        continue;
      }
      out += detail::pad_left(format_count(e.size), 9) + detail::pad_left(std::to_string(group.all.size()) + " x", 12) +
             detail::pad_left(format_count(e.values), 9) +
             detail::pad_left(format_bytes(static_cast<double>(e.bytes)), 10) +
             detail::pad_left(format_count(e.units), 9) + detail::pad_left(format_count(e.reductions), 9) + "  " +
             places(group.all);
      if (e.largest != e.size) out += "; up to " + format_count(e.largest);
      if (conflicts_in(group.first)) out += "; conflicts";
      if (e.walls != 0) out += "; gathered at " + count_of(e.walls, "use");
      if (e.stacks_layers) out += "; stacks layers";
      out += "\n";
    }
    if (hidden != 0) out += "  " + format_count(static_cast<std::int64_t>(hidden)) + " more that no op splits\n";
    return out;
  }

  /// The axes over which a colour is split to see what that costs.
  std::vector<axis_costs> axes_for(colour_id c) const {
    std::vector<axis_costs> axes;
    if (mesh_.axis_count() == 0) {
      const std::int64_t devices = typical_axis(names()[c]);
      if (devices > 1) axes.push_back({"", devices, {}, {}});
      return axes;
    }
    for (std::size_t i = 0; i < mesh_.axis_count(); ++i) {
      const auto axis = static_cast<axis_index>(i);
      if (mesh_.size(axis) > 1 && names()[c].size % mesh_.size(axis) == 0)
        axes.push_back({std::string(mesh_.name(axis)), mesh_.size(axis), {}, {}});
    }
    return axes;
  }
  std::vector<axis_costs> costs_of(conflict_set_id set) const {
    std::vector<axis_costs> costs = axes_for(conflicts()[set].colour);
    const std::uint32_t colour_class = choices().class_of(conflicts()[set].colour);
    std::vector<split_choice> colour, settle[2];
    for (const split_choice& c : choices().all()) {
      if (c.kind == choice_kind::split_colour && choices().class_of(c.colour) == colour_class) colour.push_back(c);
      if (c.kind == choice_kind::settle && c.set == set) settle[c.side].push_back(c);
    }
    for (axis_costs& a : costs) {
      a.unsettled = cost_of(facts_, choices(), colour, a.devices);
      for (std::size_t side = 0; side < 2; ++side) {
        std::vector<split_choice> taken = settle[side];
        taken.insert(taken.end(), colour.begin(), colour.end());
        a.side[side] = cost_of(facts_, choices(), taken, a.devices);
      }
    }
    return costs;
  }

  static std::string text_of(const split_cost& c) {
    return "gathers " + detail::pad_left(format_bytes(static_cast<double>(c.gathered)), 9) + ", reduces " +
           detail::pad_left(format_bytes(static_cast<double>(c.reduced)), 9) + ", " +
           count_of(static_cast<std::size_t>(c.collectives), "collective") +
           (c.whole_ops == 0 ? "" : ", " + count_of(c.whole_ops, "op") + " kept whole");
  }
  static nlohmann::ordered_json json_of(const split_cost& c) {
    return {
        {"gathered", c.gathered}, {"reduced", c.reduced}, {"collectives", c.collectives}, {"whole_ops", c.whole_ops}};
  }

  /// The first place where a set has a value; else its first op.
  std::string side_of(conflict_set_id s, std::size_t side) const {
    const dim_conflict& c = conflicts().conflicts(s)[0];
    if (c.value) return place_of({c.value, c.side[side]});
    for (const slot& at : facts_.rules.slots(c.unit)) {
      for (std::size_t d = 0; d < at.rank; ++d) {
        if (names().factor_of(c.unit, at, d) == c.side[side]) return place_of({at.value, static_cast<std::uint8_t>(d)});
      }
    }
    return {};
  }

  std::string conflicts_text() const {
    if (conflicts().size() == 0) return "\nno conflicts: no value and no op has two dims of one colour\n";
    std::string out = "\nconflicts: two dims of one colour, one of which can be split over an axis\n";
    for (const auto& group : group_alike(conflicts().sets(), choices())) {
      const conflict_set& s = conflicts()[group.first];
      out += "  " + std::to_string(group.all.size()) + " x  " + count_of(s.values, "value") + ", " +
             count_of(s.units, "op") + ", " + format_bytes(static_cast<double>(s.bytes)) + "   of " +
             places({s.colour}) + (s.twisted ? "; neither side holds everywhere" : "") + "\n";
      const auto costs = costs_of(group.first);
      for (const axis_costs& a : costs) {
        out += "    " + (a.axis.empty() ? std::string() : a.axis + ", ") + std::to_string(a.devices) + " devices\n";
        out += "      unsettled  " + text_of(a.unsettled) + "\n";
        for (std::size_t side = 0; side < 2; ++side)
          out += "      side " + std::to_string(side) + "     " + text_of(a.side[side]) + "   " +
                 fold_place(side_of(group.first, side)) + "\n";
      }
      if (costs.empty()) {
        out += "    sides " + fold_place(side_of(group.first, 0)) + " and " + fold_place(side_of(group.first, 1)) +
               "; no axis of the mesh divides " + format_count(names()[s.colour].size) + "\n";
      }
    }
    return out;
  }
  static std::string fold_place(const std::string& place) {
    const std::size_t dot = place.rfind('.');
    return without_numbers(place.substr(0, dot)) + place.substr(dot == std::string::npos ? place.size() : dot);
  }

  /// Arguments with dims that split, by family, then by part.
  std::vector<std::vector<std::vector<std::size_t>>> families() const {
    std::vector<std::vector<std::vector<std::size_t>>> found;
    std::vector<std::pair<std::uint32_t, std::size_t>> place;  // family, number in `found`
    for (std::size_t i = 0; i < g_.arguments().size(); ++i) {
      const value_id v = g_.arguments()[i];
      bool splits = false;
      for (std::size_t d = 0; g_.type(v).is_tensor() && d < g_.type(v).rank(); ++d) {
        const colour_id c = names().of(v, d);
        splits = splits || (c && names()[c].units != 0);
      }
      if (!splits) continue;
      const std::uint32_t family = choices().family_of(i);
      const auto at = std::find_if(place.begin(), place.end(), [&](const auto& p) { return p.first == family; });
      if (at == place.end()) {
        place.emplace_back(family, found.size());
        found.push_back({{i}});
        continue;
      }
      auto& parts = found[at->second];
      const auto part = std::find_if(parts.begin(), parts.end(), [&](const std::vector<std::size_t>& members) {
        return choices().part_of(members[0]) == choices().part_of(i);
      });
      if (part == parts.end()) {
        parts.push_back({i});
      } else {
        part->push_back(i);
      }
    }
    return found;
  }

  std::string families_text() const {
    std::string out = "\narguments: families that are one decision, and their parts\n";
    for (const auto& parts : families()) {
      out += "  " + to_string(g_.type(g_.arguments()[parts[0][0]])) + "\n";
      for (const auto& part : parts) {
        std::vector<std::string> folded;
        for (const std::size_t i : part) {
          std::string name = without_numbers(std::string(g_.argument_name(i)));
          if (std::find(folded.begin(), folded.end(), name) == folded.end()) folded.push_back(std::move(name));
        }
        constexpr std::size_t shown = 4;
        out += "  " + detail::pad_left(std::to_string(part.size()), 5) + " x  ";
        for (std::size_t k = 0; k < folded.size() && k < shown; ++k) out += (k == 0 ? "" : ", ") + folded[k];
        if (folded.size() > shown)
          out += " and " + format_count(static_cast<std::int64_t>(folded.size() - shown)) + " more";
        out += "\n";
      }
    }
    return out;
  }

  const graph& g_;
  program_facts<graph::ops> facts_;
  program_analysis analysis_;
  device_mesh mesh_;
};

}  // namespace

analyse_command::analyse_command(CLI::App& app)
    : command_(app.add_subcommand("analyse", "dims that split together, conflicts and what settling them costs")) {
  const CLI::Validator not_empty(
      [](const std::string& text) { return std::string(text.empty() ? "expected a file name" : ""); }, "");
  command_->add_option("FILE", file_, "StableHLO text, gzipped or not; - reads standard input")
      ->required()
      ->check(not_empty);
  mesh_option_ = command_->add_option("--mesh", mesh_, "axes and sizes over which colours are split: batch=8,model=4");
  json_option_ = command_->add_option("--json", json_, "writes JSON instead of text; - or nothing is standard output")
                     ->expected(0, 1)
                     ->check(not_empty);
}

int analyse_command::run() const {
  const std::string target = json_.empty() ? "-" : json_;
  if (json_option_->count() != 0) check_not_input("--json", target, file_);
  device_mesh mesh;
  if (mesh_option_->count() != 0) mesh = parse_mesh(mesh_);
  const graph g = stablehlo::read_file(file_);
  const analysis_report report(g, mesh);
  if (json_option_->count() == 0) {
    std::cout << report.text();
    return 0;
  }
  output_file json(target);
  json.prepare(report.json().dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  json.commit();
  return 0;
}

}  // namespace partita
