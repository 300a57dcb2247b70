// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the simulator knows of an accelerator, and presets. Peak figures are the vendors' (sources stand with
// each preset and in docs/reference/devices.md); efficiencies, latencies and overheads are assumptions, the
// same for devices of one family.

#include <string>
#include <string_view>

#include <partita/ir/element_type.hpp>
#include <partita/support/error.hpp>

namespace partita {

/// One device of a mesh. Plain data: copy a preset and change what differs.
struct device {
  std::string_view name;  ///< text that outlives the device, such as a literal

  // Peak operations per second of the matrix unit by the operands' element type; 0 where it has none, then
  // the vector unit computes.
  double matrix_8_bit = 0;
  double matrix_16_bit = 0;
  double matrix_f32 = 0;  ///< at the default precision of JAX: one bf16 pass on a TPU, TF32 on a GPU
  double matrix_f64 = 0;
  double vector_flops = 0;  ///< operations per second on f32 outside the matrix unit

  double memory_bandwidth = 0;  ///< bytes per second between the device and its own memory
  double memory_bytes = 0;      ///< size of that memory

  double link_bandwidth = 0;  ///< bytes per second that the device sends along one mesh axis, all directions together
  double link_latency = 0;    ///< seconds until the first byte of a message is at the neighbour

  double launch_overhead = 0;  ///< seconds before each fused group of ops

  // Part of a peak that large operations reach.
  double matrix_efficiency = 1, vector_efficiency = 1, memory_efficiency = 1, link_efficiency = 1;

  double usd_per_hour = 0;  ///< price of one device; 0: not known. Presets have none: it depends on place, contract and day

  /// Price of one device for so many seconds.
  [[nodiscard]] constexpr double dollars(double seconds) const { return usd_per_hour / 3600 * seconds; }

  /// Peak operations per second of a contraction over operands of type e.
  [[nodiscard]] constexpr double matrix_flops(element_type e) const {
    const bool wide = e == element_type::f64 || e == element_type::complex_f64;
    const int bits = bits_of(e);
    const double peak = wide                            ? matrix_f64
                        : is_complex(e) || bits >= 32 ? matrix_f32
                        : bits == 16                  ? matrix_16_bit
                                                      : matrix_8_bit;
    return peak > 0 ? peak : vector_flops;
  }
};

/// One core of a TPU v3 chip, which is what JAX calls a device there: half of a chip of 123 TFLOP/s (bf16), 32 GiB
/// and 900 GB/s. A chip has four links of 656 Gbit/s each way, two along each axis of the torus, which its two
/// cores share. The vector unit does two operations on 8 x 128 lanes per cycle at 940 MHz.
/// Sources: cloud.google.com/tpu/docs/v3; Jouppi et al., "A Domain-Specific Supercomputer for Training Deep Neural
/// Networks", CACM 63(7), 2020 (links, clock, vector unit).
inline constexpr device tpu_v3{
    .name = "tpu_v3",
    .matrix_8_bit = 61.5e12,
    .matrix_16_bit = 61.5e12,
    .matrix_f32 = 61.5e12,
    .vector_flops = 1.925e12,
    .memory_bandwidth = 450e9,
    .memory_bytes = 16.0 * 1024 * 1024 * 1024,
    .link_bandwidth = 82e9,
    .link_latency = 1e-6,
    .launch_overhead = 1e-6,
    .matrix_efficiency = 0.7,
    .vector_efficiency = 0.7,
    .memory_efficiency = 0.8,
    .link_efficiency = 0.8,
};

/// A TPU v5p chip: 459 TFLOP/s (bf16), 95 GiB, 2765 GB/s, 1200 GB/s to and from its six neighbours, so that it
/// sends 200 GB/s along an axis of the torus. The vector units of its two cores do four operations on 8 x 128
/// lanes per cycle at 1.75 GHz.
/// Sources: cloud.google.com/tpu/docs/v5p; Austin et al., "How to Scale Your Model", 2025 (vector unit, clock).
inline constexpr device tpu_v5p{
    .name = "tpu_v5p",
    .matrix_8_bit = 459e12,
    .matrix_16_bit = 459e12,
    .matrix_f32 = 459e12,
    .vector_flops = 14.3e12,
    .memory_bandwidth = 2765e9,
    .memory_bytes = 95.0 * 1024 * 1024 * 1024,
    .link_bandwidth = 200e9,
    .link_latency = 1e-6,
    .launch_overhead = 1e-6,
    .matrix_efficiency = 0.7,
    .vector_efficiency = 0.7,
    .memory_efficiency = 0.8,
    .link_efficiency = 0.8,
};

/// An A100 SXM with 80 GB: without sparsity 312 TFLOP/s (bf16), 156 (TF32), 19.5 (f64 in tensor cores, f32 outside),
/// 624 TOP/s (int8), 2039 GB/s, NVLink 600 GB/s to and from it.
/// Source: NVIDIA A100 Tensor Core GPU datasheet.
inline constexpr device a100_80{
    .name = "a100_80",
    .matrix_8_bit = 624e12,
    .matrix_16_bit = 312e12,
    .matrix_f32 = 156e12,
    .matrix_f64 = 19.5e12,
    .vector_flops = 19.5e12,
    .memory_bandwidth = 2039e9,
    .memory_bytes = 80e9,
    .link_bandwidth = 300e9,
    .link_latency = 3e-6,
    .launch_overhead = 2e-6,
    .matrix_efficiency = 0.7,
    .vector_efficiency = 0.7,
    .memory_efficiency = 0.8,
    .link_efficiency = 0.8,
};

/// An H100 SXM: without sparsity 989.4 TFLOP/s (bf16), 494.7 (TF32), 66.9 (f64 in tensor cores, f32 outside),
/// 1978.9 TFLOP/s (8 bits), 3.35 TB/s, 80 GB, NVLink 900 GB/s to and from it.
/// Sources: NVIDIA H100 Tensor Core GPU datasheet and architecture white paper.
inline constexpr device h100{
    .name = "h100",
    .matrix_8_bit = 1978.9e12,
    .matrix_16_bit = 989.4e12,
    .matrix_f32 = 494.7e12,
    .matrix_f64 = 66.9e12,
    .vector_flops = 66.9e12,
    .memory_bandwidth = 3350e9,
    .memory_bytes = 80e9,
    .link_bandwidth = 450e9,
    .link_latency = 3e-6,
    .launch_overhead = 2e-6,
    .matrix_efficiency = 0.7,
    .vector_efficiency = 0.7,
    .memory_efficiency = 0.8,
    .link_efficiency = 0.8,
};

inline constexpr device known_devices[] = {tpu_v3, tpu_v5p, a100_80, h100};

namespace detail {
[[noreturn]] inline void device_is_not_known(std::string_view name) {
  std::string text = "no device is called '" + std::string(name.substr(0, 40)) + "'; known are ";
  bool first = true;
  for (const device& d : known_devices) {
    text += (first ? "" : ", ") + std::string(d.name);
    first = false;
  }
  throw error(text);
}
}  // namespace detail

/// The preset with this name. Throws error, with the names that there are, when there is none.
[[nodiscard]] constexpr device find_device(std::string_view name) {
  for (const device& d : known_devices) {
    if (d.name == name) return d;
  }
  detail::device_is_not_known(name);
}

}  // namespace partita
