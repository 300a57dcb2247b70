// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes ops: generic forms, pretty forms, and the forms with regions.

#include <partita/stablehlo/printer_core.hpp>

namespace partita::stablehlo::detail {

inline void text_writer::write_block(region_id r, std::string_view terminator) {
  for (op_id o = g_->first_op(r); o != g_->end_op(r); o = g_->next(o)) write_op(o);
  write_indent();
  out_ += terminator;
  const auto results = g_->results(r);
  if (!results.empty()) {
    out_ += ' ';
    write_values(results);
    out_ += " : ";
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i != 0) out_ += ", ";
      write_type(g_->type(results[i]));
    }
  }
  out_ += '\n';
}

inline void text_writer::write_block_arguments(region_id r) {
  const auto arguments = g_->arguments(r);
  out_ += '(';
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i != 0) out_ += ", ";
    write_value(arguments[i]);
    out_ += ": ";
    write_type(g_->type(arguments[i]));
  }
  out_ += ')';
}

// The one op of a reduce's region, when `applies` says all that there is to it.
inline op_id text_writer::applied_op(op_id o) const {
  const region_id r = g_->regions(o)[0];
  const op_id step = g_->first_op(r);
  if (g_->operands(o).size() != 2 || step == g_->end_op(r) || !(g_->next(step) == g_->end_op(r))) return {};
  const auto arguments = g_->arguments(r);
  const auto operands = g_->operands(step);
  const auto results = g_->results(step);
  if (arguments.size() != 2 || operands.size() != 2 || results.size() != 1 || g_->results(r).size() != 1) return {};
  const bool straight = operands[0] == arguments[0] && operands[1] == arguments[1] && g_->results(r)[0] == results[0];
  const type_id t = g_->type_index(g_->operands(o)[1]);
  const bool one_type =
      g_->type_index(arguments[0]) == t && g_->type_index(arguments[1]) == t && g_->type_index(results[0]) == t;
  const bool plain =
      !table_[g_->code(step)].has_attributes && g_->scope_id(step) == g_->scope_id(o) && g_->regions(step).empty();
  return straight && one_type && plain ? step : op_id{};
}

inline bool text_writer::has_pretty_form(op_id o) const {
  const op_format& f = formats_[g_->code(o)];
  if (f.op.empty()) return false;
  const std::size_t operands = g_->operands(o).size(), results = g_->results(o).size(), regions = g_->regions(o).size();
  switch (f.special) {
    case special_form::while_loop: {
      if (regions != 2 || operands == 0 || results != operands) return false;
      for (const region_id r : g_->regions(o)) {
        const auto arguments = g_->arguments(r);
        if (arguments.size() != operands) return false;
        for (std::size_t i = 0; i < operands; ++i) {
          if (!(g_->type_index(arguments[i]) == g_->type_index(g_->operands(o)[i]))) return false;
        }
      }
      for (std::size_t i = 0; i < results; ++i) {
        if (!(g_->type_index(g_->results(o)[i]) == g_->type_index(g_->operands(o)[i]))) return false;
      }
      return true;
    }
    case special_form::reduce:
      return regions == 1 && operands >= 2 && operands % 2 == 0 && g_->arguments(g_->regions(o)[0]).size() == operands;
    case special_form::manual_computation:
      return regions == 1;
    case special_form::scan:
      return regions == 1 && operands % 2 == 0 && operands >= 2;
    case special_form::none:
      break;
  }
  if (regions != 0) return false;
  switch (f.types) {
    case type_form::function:
      return true;
    case type_form::same:
      return results == 1 && operands >= 1;
    case type_form::result:
      return results == 1;
    case type_form::pairs:
      return results == operands && operands >= 1;
    case type_form::operands:
      return results == 0 && operands >= 1;
    case type_form::select:
      return operands == 3 && results == 1 && g_->type(g_->operands(o)[1]) == g_->type(g_->results(o)[0]);
    case type_form::arrow:
      return operands >= 1;
  }
  return false;
}

inline void text_writer::write_op(op_id o) {
  const op_code code = g_->code(o);
  attribute_writer attributes;
  attributes.graph = g_;
  if (!g_->results(o).empty()) {
    attributes.literal_type = g_->type(g_->results(o)[0]);
  } else if (!g_->operands(o).empty()) {
    attributes.literal_type = g_->type(g_->operands(o)[0]);
  }
  const bool pretty = has_pretty_form(o);
  attributes.flatten = pretty && formats_[code].op == "stablehlo.dot_general";
  printers_[code](*g_, o, attributes);
  write_indent();
  write_result_names(o);
  if (pretty) {
    write_pretty(o, attributes);
  } else {
    write_generic(o, attributes);
  }
  write_location(g_->scope_id(o));
  out_ += '\n';
}

// Annotations are asked for in the order of ops: an op with regions takes its own before it writes them.
inline std::string text_writer::take_annotations(op_id o) {
  const std::size_t before = out_.size();
  bool any = false;
  write_annotations(annotation::place::op, o.index, any);
  if (any) out_ += '}';
  const std::string annotations = out_.substr(before);
  out_.resize(before);
  return annotations;
}

inline void text_writer::write_generic(op_id o, attribute_writer& attributes) {
  const std::string_view name = table_[g_->code(o)].name;
  out_ += '"';
  out_ += name.starts_with('@') ? "stablehlo.custom_call" : name;
  out_ += "\"(";
  write_values(g_->operands(o));
  out_ += ')';
  if (name.starts_with('@')) attributes.entries.push_back({"call_target_name", {}, detail::quoted(name.substr(1))});
  write_rest(o, attributes, true);
  const auto regions = g_->regions(o);
  const std::string annotations = take_annotations(o);
  if (!regions.empty()) {
    out_ += " (";
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (i != 0) out_ += ", ";
      out_ += "{\n";
      if (!g_->arguments(regions[i]).empty()) {
        write_indent();
        out_ += "^bb0";
        write_block_arguments(regions[i]);
        out_ += ":\n";
      }
      ++depth_;
      write_block(regions[i], "stablehlo.return");
      --depth_;
      write_indent();
      out_ += '}';
    }
    out_ += ')';
  }
  out_ += annotations;
  out_ += " : ";
  write_type_group(g_->operands(o), false);
  out_ += " -> ";
  write_type_group(g_->results(o), true);
}

inline void text_writer::write_pretty(op_id o, attribute_writer& attributes) {
  const op_format& f = formats_[g_->code(o)];
  const std::string_view name = table_[g_->code(o)].name;
  out_ += f.op;
  switch (f.special) {
    case special_form::while_loop:
      write_while(o);
      return;
    case special_form::reduce:
      write_reduce(o, attributes);
      return;
    case special_form::manual_computation:
      write_manual_computation(o, attributes);
      return;
    case special_form::scan:
      write_scan(o, attributes);
      return;
    case special_form::none:
      break;
  }
  if (name.starts_with('@')) attributes.entries.push_back({"call_target_name", detail::quoted(name.substr(1)), {}});
  if (!write_form(o, f.form, attributes)) write_rest(o, attributes, false);
  write_types(o, f.types);
}

inline void text_writer::write_while(op_id o) {
  const auto operands = g_->operands(o);
  const auto regions = g_->regions(o);
  out_ += '(';
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (i != 0) out_ += ", ";
    write_value(g_->arguments(regions[0])[i]);
    out_ += " = ";
    write_value(operands[i]);
  }
  out_ += ')';
  write_types(o, type_form::pairs);
  if (const std::string annotations = take_annotations(o); !annotations.empty()) out_ += " attributes" + annotations;
  out_ += '\n';
  for (std::size_t p = 0; p < 2; ++p) {
    write_indent();
    out_ += p == 0 ? "cond {\n" : "} do {\n";
    ++depth_;
    write_block(regions[p], "stablehlo.return");
    --depth_;
  }
  write_indent();
  out_ += '}';
}

inline void text_writer::write_reduce(op_id o, attribute_writer& attributes) {
  const auto operands = g_->operands(o);
  const std::size_t count = operands.size() / 2;
  for (std::size_t i = 0; i < count; ++i) {
    out_ += i == 0 ? "(" : ", (";
    write_value(operands[i]);
    out_ += " init: ";
    write_value(operands[count + i]);
    out_ += ')';
  }
  const region_id r = g_->regions(o)[0];
  const op_id step = applied_op(o);
  if (step) out_ += " applies " + std::string(table_[g_->code(step)].name);
  write_form(o, "across dimensions = $dimensions", attributes);
  write_rest(o, attributes, false);
  write_types(o, type_form::function);
  if (step) return;
  out_ += '\n';
  write_indent();
  out_ += " reducer";
  const auto arguments = g_->arguments(r);
  for (std::size_t i = 0; i < count; ++i) {
    out_ += i == 0 ? "(" : " (";
    for (const std::size_t side : {i, count + i}) {
      if (side != i) out_ += ", ";
      write_value(arguments[side]);
      out_ += ": ";
      write_type(g_->type(arguments[side]));
    }
    out_ += ')';
  }
  out_ += " {\n";
  ++depth_;
  write_block(r, "stablehlo.return");
  --depth_;
  write_indent();
  out_ += '}';
}

inline void text_writer::write_manual_computation(op_id o, attribute_writer& attributes) {
  const region_id r = g_->regions(o)[0];
  out_ += '(';
  write_values(g_->operands(o));
  out_ += ')';
  write_form(o, "in_shardings = $in_shardings out_shardings = $out_shardings manual_axes = $manual_axes", attributes);
  const std::string annotations = take_annotations(o);
  out_ += ' ';
  write_block_arguments(r);
  out_ += " {\n";
  ++depth_;
  write_block(r, "sdy.return");
  --depth_;
  write_indent();
  out_ += '}' + annotations;
  write_types(o, type_form::function);
}

inline void text_writer::write_scan(op_id o, attribute_writer& attributes) {
  const region_id r = g_->regions(o)[0];
  const auto operands = g_->operands(o);
  const auto half = operands.size() / 2;
  out_ += '(';
  write_values(operands.first(half));
  out_ += ") inits(";
  write_values(operands.subspan(half));
  out_ += ')';
  write_form(o, "dimension = $dimension", attributes);
  const std::size_t before = out_.size();
  write_rest(o, attributes, false);
  if (out_.size() != before) out_.insert(before, " attributes");
  out_ += " {\n";
  write_indent();
  out_ += "^bb0";
  write_block_arguments(r);
  out_ += ":\n";
  ++depth_;
  write_block(r, "stablehlo.return");
  --depth_;
  write_indent();
  out_ += '}';
  write_types(o, type_form::function);
}

}  // namespace partita::stablehlo::detail
