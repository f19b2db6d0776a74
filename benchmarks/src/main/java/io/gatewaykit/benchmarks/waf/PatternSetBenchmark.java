// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import com.google.re2j.Pattern;
import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * All patterns of the built-in rules on one sentence: in a single pass, and one by one with re2j
 * and with {@code java.util.regex}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // initialised by JMH and the set-up
public class PatternSetBenchmark {
  private static final String TEXT =
      "hi all, can we move the meeting to 3pm? i'd like to select a new topic from the list";

  private final byte[] bytes = TEXT.getBytes(StandardCharsets.ISO_8859_1);
  private final BitSet found = new BitSet();
  private final List<Pattern> re2j = new ArrayList<>();
  private final List<java.util.regex.Pattern> jdk = new ArrayList<>();
  private final BitSet all = new BitSet();
  private PatternSet.Search search;

  /** Compiles the patterns three times, and verifies that the set and re2j agree. */
  @Setup
  public void compile() {
    List<String> patterns = new ArrayList<>();
    for (Rule rule : BuiltinRules.all()) {
      for (Condition condition : rule.conditions()) {
        if (condition.operator() instanceof Operator.Matches matches) {
          patterns.add(matches.regex());
        }
      }
    }
    search = PatternSet.of(patterns).search();
    all.set(0, patterns.size());
    for (String pattern : patterns) {
      re2j.add(Pattern.compile(pattern, Pattern.DOTALL));
      jdk.add(java.util.regex.Pattern.compile(pattern, java.util.regex.Pattern.DOTALL));
    }
    if (set() != re2j()) {
      throw new IllegalStateException("the set and re2j disagree");
    }
  }

  /** A single pass. */
  @Benchmark
  public int set() {
    found.clear();
    search.find(bytes, 0, bytes.length, all, found);
    return found.cardinality();
  }

  /** One pattern after the other, each in linear time. */
  @Benchmark
  public int re2j() {
    int count = 0;
    for (Pattern pattern : re2j) {
      count += pattern.matcher(TEXT).find() ? 1 : 0;
    }
    return count;
  }

  /** One pattern after the other, by backtracking. */
  @Benchmark
  public int jdk() {
    int count = 0;
    for (java.util.regex.Pattern pattern : jdk) {
      count += pattern.matcher(TEXT).find() ? 1 : 0;
    }
    return count;
  }
}
