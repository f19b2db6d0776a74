/** Undoes what hides text: encodings, comments, quotes. Not part of the API. */
@NullMarked
package io.gatewaykit.waf.internal.decode;

import org.jspecify.annotations.NullMarked;
