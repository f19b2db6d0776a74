/** Finds many patterns or phrases in bytes in one pass, in linear time. */
@NullMarked
package io.gatewaykit.waf.pattern;

import org.jspecify.annotations.NullMarked;
