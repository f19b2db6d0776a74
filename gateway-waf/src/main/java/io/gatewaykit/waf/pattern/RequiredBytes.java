package io.gatewaykit.waf.pattern;

import io.gatewaykit.waf.pattern.Syntax.Alternatives;
import io.gatewaykit.waf.pattern.Syntax.Bytes;
import io.gatewaykit.waf.pattern.Syntax.Concat;
import io.gatewaykit.waf.pattern.Syntax.Repeat;

/**
 * Derives from a pattern a set of bytes of which every match holds at least one. A text without any
 * of them need not be scanned. Of several such sets it takes the one that ordinary text meets
 * least.
 */
final class RequiredBytes {
  private static final ByteSet COMMON = ByteSet.WORD.or(ByteSet.of(' '));

  private RequiredBytes() {}

  /** Returns the set; all bytes where a match may be empty, which then says nothing. */
  static ByteSet of(Syntax pattern) {
    if (pattern instanceof Bytes bytes) {
      return bytes.set();
    }
    if (pattern instanceof Repeat repeat && repeat.min() > 0) {
      return of(repeat.body());
    }
    if (pattern instanceof Concat concat) {
      ByteSet best = ByteSet.ALL;
      for (Syntax part : concat.parts()) {
        ByteSet set = of(part);
        best = cost(set) < cost(best) ? set : best;
      }
      return best;
    }
    if (pattern instanceof Alternatives alternatives) {
      ByteSet any = ByteSet.NONE;
      for (Syntax option : alternatives.options()) {
        any = any.or(of(option));
      }
      return any;
    }
    return ByteSet.ALL;
  }

  /** Returns whether ordinary words lack all of these bytes. */
  static boolean isRare(ByteSet set) {
    return !set.intersects(COMMON);
  }

  private static int cost(ByteSet set) {
    return set.size() + (isRare(set) ? 0 : 256);
  }
}
