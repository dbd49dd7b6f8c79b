/* SPDX-License-Identifier: Apache-2.0
 *
 * A program without anything: what its link weighs is taken off every other one.
 */
int main(void)
{
    return 0;
}
